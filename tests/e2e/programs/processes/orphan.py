# A child that outlives its parent, still writes, and knows who adopted it.
#: processes 2
#: exits 0 ?
import os
import time

parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.01)
    sum(i * i for i in range(300000))
    os.write(1, b"orphan done, parent now %d\n" % os.getppid())
    time.sleep(1)  # longer than processes that end with the command are waited for
    os._exit(0)
os.write(1, b"parent done\n")
