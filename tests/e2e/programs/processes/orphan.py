# A child that outlives its parent and still writes to stdout.
#: processes 2
#: exits 0*2
import os
import time

if os.fork() == 0:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.01)
    sum(i * i for i in range(300000))
    os.write(1, b"orphan done\n")
    os._exit(0)
os.write(1, b"parent done\n")
