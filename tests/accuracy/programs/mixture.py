"""CPU, sleep, I/O, threads and a child in turn: for sums."""
import subprocess
import sys
import threading
import time

from truth import tell, until, usage


def work(limit):
    for _ in until(limit):
        sum(i * i for i in range(2000))


start = time.monotonic()
for _ in range(5):
    work(0.15)
    time.sleep(0.1)
threads = [threading.Thread(target=work, args=(0.2,)) for _ in range(3)]
idle = [threading.Thread(target=time.sleep, args=(0.5,)) for _ in range(10)]
[t.start() for t in threads + idle]
work(0.2)
[t.join() for t in threads + idle]
subprocess.run(["sleep", "0.2"])
[open("/dev/zero", "rb").read(1 << 24) for _ in range(10)]
tell(elapsed=time.monotonic() - start, usage=usage())
