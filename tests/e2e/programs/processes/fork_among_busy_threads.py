# 50 forks while four threads are busy.
#: processes 51
#: exits 0*51
import os
import threading
import warnings

warnings.simplefilter("ignore")
stop = False


def busy():
    while not stop:
        sum(range(500))


threads = [threading.Thread(target=busy) for _ in range(4)]
[t.start() for t in threads]
ends = []
for _ in range(50):
    pid = os.fork()
    if pid == 0:
        sum(range(20000))
        os._exit(0)
    ends.append(os.waitpid(pid, 0)[1])
stop = True
[t.join() for t in threads]
print(ends.count(0))
