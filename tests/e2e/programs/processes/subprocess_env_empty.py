# A child with env={}: it sees no variable that bare would not have.
#: processes 0
import subprocess
import sys

lines = subprocess.check_output(["/usr/bin/env"], env={}).splitlines()
print([line for line in lines if not line.startswith(b"LD_PRELOAD=")])
code = "import os; print(sorted(os.environ.keys() - {'LD_PRELOAD'})); sum(range(100000))"
print(subprocess.check_output([sys.executable, "-c", code], env={}))
