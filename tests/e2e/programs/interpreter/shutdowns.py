# 60 interpreters that end while they are sampled.
#: processes 61
#: exits 0*61
import subprocess
import sys

code = "import json, re\nclass T:\n def __del__(s): sum(range(20000))\nt = T(); u = [T()]; u.append(u)"
bad = 0
for _ in range(60):
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True)
    bad += done.returncode != 0 or done.stderr != b""
print(bad)
