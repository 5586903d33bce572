"""Two threads whose work is as 1 to 3, in turn for the GIL."""
import threading
import time

import truth

cpu = {}


def light(n):
    start = time.thread_time()
    for _ in range(n):
        sum(i for i in range(20000))  # @light
    cpu["light"] = time.thread_time() - start


def heavy(n):
    start = time.thread_time()
    for _ in range(n):
        sum(i for i in range(20000))  # @heavy
    cpu["heavy"] = time.thread_time() - start


threads = [
    threading.Thread(target=light, args=(700,), name="light"),
    threading.Thread(target=heavy, args=(2100,), name="heavy"),
]
[t.start() for t in threads]
[t.join() for t in threads]
truth.tell(cpu=cpu)
