# exit() and _exit() of libc called directly.
#: run {prog} exit
#: run {prog} _exit
#: exit 23
import ctypes
import sys

print("before", flush=True)
getattr(ctypes.CDLL(None), sys.argv[1])(23)
