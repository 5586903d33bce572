# RLIMIT_AS set by the program itself, then a child.
#: processes 2
import os
import resource

resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))
try:
    bytearray(400 << 20)
except MemoryError as error:
    print("no memory", error)
pid = os.fork()
if pid == 0:
    sum(i * i for i in range(300000))
    os._exit(0)
print(os.waitpid(pid, 0)[1])
