# siginterrupt: a read is interrupted by the program's signal only.
import os
import signal
import threading
import time

reader, writer = os.pipe()
signal.signal(signal.SIGUSR1, lambda *_: print("handler"))
signal.siginterrupt(signal.SIGUSR1, True)


def later():
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.1)
    os.write(writer, b"data")


threading.Thread(target=later).start()
print(os.read(reader, 10))
