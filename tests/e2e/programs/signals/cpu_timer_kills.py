# SIGPROF without a handler kills: the timer is the program's.
#: run {prog} ITIMER_PROF
#: exit -27
import signal
import sys

signal.setitimer(getattr(signal, sys.argv[1]), 0.05)
while True:
    sum(range(1000))
