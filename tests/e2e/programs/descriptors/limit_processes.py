# RLIMIT_NPROC 0: no thread and no process can be made, by the program or by us.
import os
import resource
import threading

resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
if os.getuid() == 0:
    os.setuid(65534)
for make in (threading.Thread(target=print).start, os.fork):
    try:
        make()
        print("made one")
    except (RuntimeError, OSError) as error:
        print(error)
sum(i * i for i in range(1000000))
