# 1,000 forks of a child that does nothing.
#: slow
#: processes 1001
#: timeout 120
import os

ends = 0
for _ in range(1000):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    ends += os.waitpid(pid, 0)[1]
print(ends)
