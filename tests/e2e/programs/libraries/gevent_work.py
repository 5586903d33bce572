# gevent: greenlets, its monkey patches, sleep and subprocess.
#: needs gevent
#: processes 0
from gevent import monkey

monkey.patch_all()
import gevent  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402


def work(n):
    total = 0
    for _ in range(20):
        total += sum(range(5000))
        time.sleep(0.001)
    return n, total


jobs = [gevent.spawn(work, n) for n in range(20)]
gevent.joinall(jobs)
print([job.value for job in jobs])
print(subprocess.check_output(["echo", "from a child"]))
