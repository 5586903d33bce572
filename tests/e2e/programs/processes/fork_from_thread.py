# A fork in a thread: in the child that thread is the main one.
#: processes 2
#: exits 0*2
import os
import threading
import warnings

warnings.simplefilter("ignore")


def work():
    pid = os.fork()
    if pid == 0:
        sum(i * i for i in range(300000))
        print(threading.current_thread() is threading.main_thread())
        print(threading.active_count(), flush=True)
        os._exit(0)
    print(os.waitpid(pid, 0)[1])


thread = threading.Thread(target=work)
thread.start()
thread.join()
