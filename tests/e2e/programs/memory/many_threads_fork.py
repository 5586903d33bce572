# Sixteen threads allocate, Python's and C's way, while the process forks.
#: processes 201
#: exits 0*201
import os
import sys
import threading
import warnings

warnings.simplefilter("ignore")
sys.setswitchinterval(0.0001)
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
for _ in range(200):
    pid = os.fork()
    if pid == 0:
        [bytes(1000 + i) for i in range(100)]
        os._exit(0)
    ends += os.waitpid(pid, 0)[1]
stop = True
[t.join() for t in threads]
print(ends)
