# A chain of forks, each in the child of the one before.
#: processes 21
#: exits 0*21
import os
import sys

for depth in range(20):
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        print("level", depth, flush=True)
        os._exit(0)
sum(range(100000))
print("bottom", flush=True)
sys.exit()
