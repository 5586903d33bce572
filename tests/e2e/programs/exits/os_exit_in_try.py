# os._exit in try: no finally, no atexit, no flush.
#: exit 17
import atexit
import os
import sys

atexit.register(print, "atexit")
sys.stdout.write("flushed\n")
sys.stdout.flush()
sys.stdout.write("lost")
try:
    sum(i * i for i in range(300000))
    os._exit(17)
except BaseException as error:
    print("caught", error)
finally:
    print("finally")
