# An exec that fails leaves the program as it was, and sampled.
import os
import signal

for path in ("/nonexistent", "/", "/etc/passwd"):
    try:
        os.execv(path, ["x"])
    except OSError as error:
        print(error)
sum(i * i for i in range(300000))
print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
