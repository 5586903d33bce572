# This process itself with the debug allocator.
#: run {prog}
#: run -X dev {prog}
#: env PYTHONMALLOC=debug
import threading

kept = [bytes(i) for i in range(2000)]
threads = [threading.Thread(target=lambda: [str(i) for i in range(50000)]) for _ in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
print(len(kept), sum(map(len, kept)))
