# Queues and a thread pool.
import concurrent.futures
import queue
import threading

tasks, results = queue.Queue(), queue.Queue()


def worker():
    while (n := tasks.get()) is not None:
        results.put(sum(range(n)))


threads = [threading.Thread(target=worker) for _ in range(4)]
[t.start() for t in threads]
[tasks.put(n * 1000) for n in range(100)]
[tasks.put(None) for _ in threads]
[t.join() for t in threads]
print(sorted(results.queue) == [sum(range(n * 1000)) for n in range(100)])
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(list(pool.map(len, ["a", "bb", "ccc"])))
