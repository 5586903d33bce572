# os.fork() of a program with one thread warns of nothing.
#: run -W error {prog}
#: processes 2
#: exits 0*2
import os

sum(i * i for i in range(1000000))
pid = os.fork()
if pid == 0:
    os._exit(0)
print(os.waitpid(pid, 0)[1])
