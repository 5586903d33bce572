"""Two threads that hash without the GIL, at the same time."""
import hashlib
import threading
import time

import truth

data = bytes(1 << 22)
cpu = {}


def work(name, n):
    start = time.thread_time()
    for _ in range(n):
        hashlib.sha512(data).digest()  # @hash
    cpu[name] = time.thread_time() - start


threads = [threading.Thread(target=work, args=(f"t{n}", n * 60), name=f"t{n}") for n in (1, 3)]
[t.start() for t in threads]
[t.join() for t in threads]
truth.tell(cpu=cpu)
