# exec while threads are busy.
#: processes 0
import os
import sys
import threading


def busy():
    while True:
        sum(range(500))


if len(sys.argv) == 1 or int(sys.argv[1]):
    left = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for _ in range(3):
        threading.Thread(target=busy, daemon=True).start()
    sum(range(100000))
    os.execv(sys.executable, [sys.executable, sys.argv[0], str(left - 1)])
print("reached the end")
