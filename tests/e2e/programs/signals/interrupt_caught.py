# SIGINT to itself, with the default handler and with one of its own.
import os
import signal
import time

try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)
except KeyboardInterrupt:
    print("interrupted")
signal.signal(signal.SIGINT, lambda *_: print("own handler"))
os.kill(os.getpid(), signal.SIGINT)
print(signal.getsignal(signal.SIGTERM), signal.default_int_handler.__name__)
