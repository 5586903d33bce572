# 500 interpreters that end, some with subinterpreters and daemon threads.
#: slow
#: processes 501
#: timeout 240
import subprocess
import sys

code = """
import sys, threading
def spin():
    while True: sum(range(300))
for _ in range(int(sys.argv[1])): threading.Thread(target=spin, daemon=True).start()
sum(range(50000))
"""
bad = 0
for n in range(500):
    argv = [sys.executable, "-I", "-c", code, str(n % 3)]
    done = subprocess.run(argv, capture_output=True)
    bad += done.returncode != 0 or done.stderr != b""
print(bad)
