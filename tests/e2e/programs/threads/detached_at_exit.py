# Detached C threads that still run when the process ends.
import ctypes

libc = ctypes.CDLL(None)
for _ in range(5):
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, libc.pause, None)
    libc.pthread_detach(thread)
print(sum(range(300000)))
