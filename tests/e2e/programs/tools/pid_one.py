# As process 1 of a PID namespace: orphans are reaped, the status is right.
#: needs pid-namespace
#: wrap unshare --pid --fork --mount-proc
#: processes 0
#: exit 6
import os
import sys
import time

if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(0.1)
        os._exit(0)
    os._exit(0)
os.wait()
time.sleep(0.3)
print(sum(i * i for i in range(300000)))
sys.exit(6)
