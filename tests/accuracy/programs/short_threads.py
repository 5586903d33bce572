"""1,000 threads of 10 ms."""
import threading
import time

import truth

used = []


def work():
    start = time.thread_time()
    while time.thread_time() < start + 0.01:
        sum(i * i for i in range(500))
    used.append(time.thread_time() - start)


for _ in range(1000):
    thread = threading.Thread(target=work, name="short")
    thread.start()
    thread.join()
truth.tell(cpu=sum(used), count=len(used))
