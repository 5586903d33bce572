# os.fork() of a program with two threads warns, from 3.12 on, as bare.
#: run -W always {prog}
#: processes 2
import os
import re
import threading
import warnings

stop = threading.Event()
threading.Thread(target=stop.wait).start()
with warnings.catch_warnings(record=True) as caught:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
os.waitpid(pid, 0)
stop.set()
print([re.sub(r"pid=\d+", "pid=", str(w.message)) for w in caught])
