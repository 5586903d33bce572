# -X importtime: the same modules are imported, none by us.
#: processes 0
import re
import subprocess
import sys

argv = [sys.executable, "-X", "importtime", "-c", "import json"]
done = subprocess.run(argv, capture_output=True, text=True)
print(re.sub(r" *\d+ \|", " N |", done.stderr))
