# A blocked thread beside busy ones: poll() keeps its time and is not woken.
import select
import threading
import time

stop = threading.Event()


def busy():
    while not stop.is_set():
        sum(range(1000))


threads = [threading.Thread(target=busy) for _ in range(3)]
[t.start() for t in threads]
start = time.monotonic()
for _ in range(10):
    select.poll().poll(20)
print(time.monotonic() - start >= 0.199)
stop.set()
