# The interpreter waits for a thread that is not a daemon.
import threading
import time


def work():
    time.sleep(0.2)
    sum(i * i for i in range(300000))
    print("thread ends")


threading.Thread(target=work).start()
print("main ends")
