# A process group of children, killed at once.
#: processes 4
#: exits 0 -15*3
import os
import signal
import time

pids = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, pids[0] if pids else 0)
        os.write(1, b".")
        while True:
            sum(range(1000))
    pids.append(pid)
    try:
        os.setpgid(pid, pids[0])
    except PermissionError:
        pass
time.sleep(0.2)
os.killpg(pids[0], signal.SIGTERM)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids])
