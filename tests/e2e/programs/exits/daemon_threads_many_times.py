# Thirty interpreters that end with busy daemon threads.
#: processes 31
#: exits 0*31
import subprocess
import sys

code = """
import threading, time
def spin():
    while True: sum(range(500))
for _ in range(3): threading.Thread(target=spin, daemon=True).start()
time.sleep(0.01)
"""
for _ in range(30):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    if done.returncode or done.stderr:
        print(done.returncode, done.stderr)
print("all ended")
