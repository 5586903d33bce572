# 200 forks in a row.
#: processes 201
#: exits 0*101 1*100
import os

statuses = []
for i in range(200):
    pid = os.fork()
    if pid == 0:
        sum(range(2000))
        os._exit(i % 2)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(sum(statuses), len(statuses))
