"""Threads of a tenth of a millisecond: starting and ending is much of them."""
import resource
import threading

from truth import tell


def work():
    sum(range(1000))


for _ in range(1500):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
usage = resource.getrusage(resource.RUSAGE_SELF)
tell(usage=[usage.ru_utime, usage.ru_stime])
