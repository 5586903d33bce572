# threading.local, names, excepthook, setprofile of threads.
import threading

data = threading.local()
seen = []


def work(n):
    data.n = n
    sum(range(50000))
    seen.append((data.n, threading.current_thread().name))


threads = [threading.Thread(target=work, args=(n,), name=f"name {n}") for n in range(5)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sorted(seen), hasattr(data, "n"))
print({t.native_id > 0 for t in threads}, len({t.ident for t in threads}) >= 1)
