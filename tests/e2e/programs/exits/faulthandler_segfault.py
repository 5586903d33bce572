# faulthandler's report of a crash, thread numbers apart.
#: processes 0
import re
import subprocess
import sys

code = "def deep(n):\n    deep(n - 1) if n else __import__('ctypes').string_at(0)\ndeep(5)"
for options in (["-X", "faulthandler"], []):
    done = subprocess.run([sys.executable, *options, "-c", code], capture_output=True)
    print(done.returncode, done.stdout)
    print(re.sub(rb"0x[0-9a-f]+", b"0x", done.stderr).decode())
