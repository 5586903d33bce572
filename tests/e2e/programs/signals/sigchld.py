# SIGCHLD comes once for a child of the program's and never for another.
import os
import signal
import time

seen = []
signal.signal(signal.SIGCHLD, lambda *_: seen.append(1))
sum(i * i for i in range(300000))
print(seen)
for _ in range(3):
    pid = os.posix_spawn("/bin/true", ["true"], os.environ)
    os.waitpid(pid, 0)
    time.sleep(0.01)
print(seen)
try:
    os.waitpid(-1, 0)
except ChildProcessError as error:
    print(error)
