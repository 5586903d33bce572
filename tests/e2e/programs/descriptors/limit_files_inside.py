# RLIMIT_NOFILE lowered to what is in use, then a fork and an exec.
import os
import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
pid = os.fork()
if pid == 0:
    os.execv("/bin/echo", ["echo", "child"])
os.waitpid(pid, 0)
sum(i * i for i in range(1000000))
print("end")
