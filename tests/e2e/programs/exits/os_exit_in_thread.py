# os._exit from a thread ends the process at once.
#: exit 5
import os
import threading
import time

threading.Thread(target=lambda: os._exit(5)).start()
time.sleep(30)
