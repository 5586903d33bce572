# Threads with the smallest stack that Python allows: 32 KiB.
import threading

threading.stack_size(32 * 1024)
results = []


def work():
    for _ in range(200):
        total = sum(range(5000))
    results.append(total)


threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(results, threading.stack_size())
