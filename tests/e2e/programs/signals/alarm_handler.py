# setitimer(ITIMER_REAL) with a Python handler.
import signal
import time

seen = []
signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
while len(seen) < 5:
    time.sleep(0.05)
signal.setitimer(signal.ITIMER_REAL, 0)
print(seen[:5], signal.getitimer(signal.ITIMER_REAL))
