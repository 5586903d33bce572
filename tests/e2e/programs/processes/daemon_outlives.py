# A daemon that outlives the program and closes everything.
#: processes 0
#: wrap sh -c '"$@"; s=$?; while [ ! -e done ]; do sleep 0.05; done; exit $s' sh
import os
import time

if os.fork() == 0:
    os.setsid()
    os.closerange(0, 256)
    time.sleep(0.3)
    sum(i * i for i in range(300000))
    os.close(os.open("done", os.O_CREAT | os.O_WRONLY, 0o600))
    os._exit(0)
