# Locks, conditions, semaphores, barriers, events with time-outs.
import threading
import time

lock, barrier = threading.RLock(), threading.Barrier(4)
order = []


def work(n):
    barrier.wait()
    for _ in range(50):
        with lock:
            order.append(n)
            sum(range(500))


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(len(order), sorted(set(order)), type(threading.Lock()).__name__)
start = time.monotonic()
print(threading.Event().wait(0.1), threading.Condition(lock).__class__.__name__)
print(threading.Semaphore(0).acquire(timeout=0.1), time.monotonic() - start >= 0.2)
