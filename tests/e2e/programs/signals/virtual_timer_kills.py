# SIGVTALRM without a handler kills.
#: exit -26
import signal

signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
while True:
    sum(range(1000))
