# A child that leaves by os._exit; the parent sees its status.
#: processes 2
#: exits 0 6
import os

pid = os.fork()
if pid == 0:
    try:
        os._exit(6)
    finally:
        print("child's finally")
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
