"""argv[1] threads alive at the same time, busy and blocked in turn."""
import sys
import threading
import time

barrier = threading.Barrier(int(sys.argv[1]))


def work():
    barrier.wait()
    for _ in range(5):
        sum(i * i for i in range(2000))
        time.sleep(0.2)


threads = [threading.Thread(target=work) for _ in range(int(sys.argv[1]))]
[t.start() for t in threads]
[t.join() for t in threads]
