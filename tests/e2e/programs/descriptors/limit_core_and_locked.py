# RLIMIT_MEMLOCK 0 and RLIMIT_SIGPENDING 1: timers and rings need neither.
#: processes 2
import os
import resource
import signal

resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
resource.setrlimit(resource.RLIMIT_SIGPENDING, (1, 1))
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
sum(i * i for i in range(1000000))
os.kill(os.getpid(), signal.SIGUSR1)
pid = os.fork()
if pid == 0:
    sum(i * i for i in range(300000))
    os._exit(0)
print(os.waitpid(pid, 0)[1])
