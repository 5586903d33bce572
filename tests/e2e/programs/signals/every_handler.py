# A handler for every signal that can have one, each raised.
import os
import signal

seen = []
caught = []
for number in sorted(signal.valid_signals()):
    try:
        signal.signal(number, lambda number, frame: seen.append(int(number)))
        caught.append(int(number))
    except (OSError, ValueError, RuntimeError) as error:
        print(int(number), type(error).__name__)
sum(i * i for i in range(1000000))
print("none came by itself:", [n for n in seen if n != signal.SIGCHLD])
for number in caught:
    os.kill(os.getpid(), number)
print(caught == sorted(seen), len(caught))
