# A child that is killed after a time-out.
#: processes 2
#: exits 0 -9
import subprocess
import sys

code = "while True: sum(range(1000))"
try:
    subprocess.run([sys.executable, "-c", code], timeout=0.3)
except subprocess.TimeoutExpired as error:
    print("timed out:", error.cmd == [sys.executable, "-c", code])
