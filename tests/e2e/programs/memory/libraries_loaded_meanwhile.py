# Threads allocate while others load and unload libraries.
import ctypes
import glob
import os
import sysconfig
import threading

import _ctypes

place = sysconfig.get_config_var("DESTSHARED") or os.path.dirname(os.__file__)
found = sorted(glob.glob(os.path.join(place, "*.so")))[:30]
stop = False


def allocate():
    while not stop:
        [bytes(n * 700) for n in range(100)]


threads = [threading.Thread(target=allocate) for _ in range(3)]
[t.start() for t in threads]
for _ in range(5):
    for path in found:
        _ctypes.dlclose(ctypes.CDLL(path)._handle)
stop = True
[t.join() for t in threads]
print("done")
