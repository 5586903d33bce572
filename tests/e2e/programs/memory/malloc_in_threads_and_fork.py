# Threads that allocate while the process forks 100 times.
#: processes 101
#: exits 0*101
import os
import threading
import warnings

warnings.simplefilter("ignore")
stop = False


def allocate():
    while not stop:
        [bytes(1000 + i) for i in range(200)]


threads = [threading.Thread(target=allocate) for _ in range(4)]
[t.start() for t in threads]
ends = 0
for _ in range(100):
    pid = os.fork()
    if pid == 0:
        [bytes(1000 + i) for i in range(200)]
        os._exit(0)
    ends += os.waitpid(pid, 0)[1]
stop = True
print(ends)
