# -v: what the interpreter says of imports and clean-up.
#: processes 0
import re
import subprocess
import sys

argv = [sys.executable, "-v", "-I", "-c", "import json; sum(range(300000))"]
done = subprocess.run(argv, capture_output=True, text=True)
print(re.sub(r"0x[0-9a-f]+", "0x", done.stderr))
