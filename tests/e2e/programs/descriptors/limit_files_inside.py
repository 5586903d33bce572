# RLIMIT_NOFILE lowered to one more than is in use, then a fork and an exec.
#: processes 2
import os
import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
pid = os.fork()
if pid == 0:
    os.execv("/bin/echo", ["echo", "child"])
os.waitpid(pid, 0)
sum(i * i for i in range(1000000))
print("end")
