# faulthandler.register on SIGUSR1, chained to a Python handler.
import faulthandler
import os
import re
import signal
import tempfile

signal.signal(signal.SIGUSR1, lambda *_: print("handler"))
with tempfile.TemporaryFile("w+") as file:
    faulthandler.register(signal.SIGUSR1, file=file, chain=True)
    os.kill(os.getpid(), signal.SIGUSR1)
    faulthandler.unregister(signal.SIGUSR1)
    file.seek(0)
    print(re.sub(r"0x[0-9a-f]+", "0x", file.read()))
