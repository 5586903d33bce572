# abort() of libc, called from C code.
#: exit -6
import ctypes

print("before", flush=True)
ctypes.CDLL(None).abort()
