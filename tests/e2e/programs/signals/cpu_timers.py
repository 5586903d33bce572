# The program's own SIGPROF and SIGVTALRM timers.
import signal

seen = {signal.SIGPROF: 0, signal.SIGVTALRM: 0}


def handler(number, frame):
    seen[number] += 1


for number in seen:
    signal.signal(number, handler)
signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.01, 0.01)
while min(seen.values()) < 5:
    sum(range(1000))
for timer in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL):
    signal.setitimer(timer, 0)
    print(signal.getitimer(timer))
