# Threads made in C that call back into Python.
import ctypes
import threading

libc = ctypes.CDLL(None)
seen = []


@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def entry(argument):
    seen.append((argument, sum(i * i for i in range(100000))))
    return None


threads = []
for n in range(1, 6):
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, entry, ctypes.c_void_p(n))
    threads.append(thread)
for thread in threads:
    libc.pthread_join(thread, None)
print(sorted(seen) == [(n, seen[0][1]) for n in range(1, 6)], threading.active_count())
