# 2,000 of the program's own signals while it is sampled: none lost, none twice.
import os
import signal

count = 0


def handler(number, frame):
    global count
    count += 1


signal.signal(signal.SIGUSR1, handler)
for _ in range(2000):
    os.kill(os.getpid(), signal.SIGUSR1)
    sum(range(500))
print(count)
