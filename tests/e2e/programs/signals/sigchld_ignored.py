# With SIGCHLD ignored children vanish and wait fails at the end.
#: processes 0
import os
import signal

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(5):
    if os.fork() == 0:
        os._exit(3)
try:
    while True:
        os.wait()
except ChildProcessError:
    print("no children left")
