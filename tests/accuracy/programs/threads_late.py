"""Two threads that can get no timer at first: the user's signals are used up then."""
import resource
import threading
import time

import truth

cpu = {}
started = threading.Event()


def turn(name, seconds):
    start = time.thread_time()
    for _ in truth.until(0.02):
        sum(i for i in range(2000))
    started.wait()
    for _ in truth.until(seconds):
        sum(i for i in range(20000))
    cpu[name] = time.thread_time() - start


allowed, most = resource.getrlimit(resource.RLIMIT_SIGPENDING)
resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, most))
threads = [
    threading.Thread(target=turn, args=("first", 0.5), name="first"),
    threading.Thread(target=turn, args=("second", 1.0), name="second"),
]
[t.start() for t in threads]
resource.setrlimit(resource.RLIMIT_SIGPENDING, (allowed, most))
started.set()
[t.join() for t in threads]
truth.tell(cpu=cpu)
