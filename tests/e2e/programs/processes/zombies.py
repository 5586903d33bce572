# Children that are not waited for until the end.
#: processes 11
#: exits 0*11
import os
import time

pids = []
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    pids.append(pid)
time.sleep(0.1)
states = [open(f"/proc/{pid}/stat").read().split()[2] for pid in pids]
print(states)
