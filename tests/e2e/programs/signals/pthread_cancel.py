# pthread_cancel of blocked and of busy C threads still works.
import ctypes
import time

libc = ctypes.CDLL(None)
for name in ("pthread_create", "pthread_cancel", "pthread_join"):
    getattr(libc, name).restype = ctypes.c_int
cancelled = 0
for i in range(50):
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, libc.pause, None)
    if i % 5 == 0:
        time.sleep(0.002)
    sum(range(5000))
    libc.pthread_cancel(thread)
    result = ctypes.c_void_p()
    libc.pthread_join(thread, ctypes.byref(result))
    cancelled += ctypes.c_long(result.value or 0).value == -1
print(cancelled)
