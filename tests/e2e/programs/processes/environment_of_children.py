# The environment that children see, the preload apart.
#: processes 2
#: env MINE=1
import os
import subprocess
import sys

code = "import os; print(sorted((k, v) for k, v in os.environ.items() if k != 'LD_PRELOAD'))"
exec(code)
sys.stdout.flush()
subprocess.run([sys.executable, "-c", code], check=True)
lines = subprocess.check_output(["env"], text=True).splitlines()
print(sorted(line for line in lines if not line.startswith("LD_PRELOAD=")))
