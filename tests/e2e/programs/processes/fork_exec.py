# fork and exec of a program that is not Python: the child was Python until then.
#: processes 21
#: exits 0 4*20
import os

for _ in range(20):
    pid = os.fork()
    if pid == 0:
        os.execv("/bin/sh", ["sh", "-c", "exit 4"])
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), end=" ")
