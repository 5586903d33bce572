# faulthandler enabled while the program is busy, then a crash it reports.
#: processes 0
import os
import re
import subprocess
import sys

code = """
import faulthandler, signal, os
n = sum(i * i for i in range(1000000))
faulthandler.enable()
n = sum(i * i for i in range(1000000))
os.kill(os.getpid(), signal.SIGSEGV)
"""
done = subprocess.run([sys.executable, "-c", code], capture_output=True)
print(done.returncode, re.sub(rb"0x[0-9a-f]+", b"0x", done.stderr).decode())
