# Real-time signals queue, in order, with none of ours among them.
import os
import signal

seen = []
for number in range(signal.SIGRTMIN, signal.SIGRTMAX + 1):
    signal.signal(number, lambda number, frame: seen.append(number))
sum(i * i for i in range(300000))
signals = [signal.SIGRTMIN, signal.SIGRTMIN + 5, signal.SIGRTMAX]
for number in signals:
    os.kill(os.getpid(), number)
print(seen == signals, len(seen))
