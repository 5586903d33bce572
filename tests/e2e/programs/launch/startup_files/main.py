# sitecustomize and usercustomize that the user has.
#: env PYTHONPATH=site
import sys

print(sys.customized, sorted(m for m in sys.modules if "custom" in m))
