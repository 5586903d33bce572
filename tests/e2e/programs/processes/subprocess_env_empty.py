# A child with env={}: it sees no variable that bare would not have.
#: processes 0
import subprocess
import sys

print(subprocess.check_output(["/usr/bin/env"], env={}))
code = "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE')); sum(range(100000))"
print(subprocess.check_output([sys.executable, "-c", code], env={}))
