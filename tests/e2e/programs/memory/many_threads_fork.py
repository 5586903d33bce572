# Sixteen threads allocate, Python's and C's way, while the process forks.
#: processes 301
#: exits 0*301
#: timeout 120
import os
import threading
import warnings

warnings.simplefilter("ignore")
stop = False


def allocate(number):
    while not stop:
        [bytes(number * 900 + i) for i in range(50)]
        b = bytearray()
        for _ in range(20):
            b += bytes(3000)


threads = [threading.Thread(target=allocate, args=(n,)) for n in range(16)]
[t.start() for t in threads]
ends = 0
for _ in range(300):
    pid = os.fork()
    if pid == 0:
        [bytes(1000 + i) for i in range(100)]
        os._exit(0)
    ends += os.waitpid(pid, 0)[1]
stop = True
[t.join() for t in threads]
print(ends)
