# A C thread with 16 KiB of stack, the least that pthread takes.
import ctypes
import time

libc = ctypes.CDLL(None)
attributes = ctypes.create_string_buffer(64)
libc.pthread_attr_init(attributes)
print(libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(16384)))
libc.usleep.argtypes = [ctypes.c_void_p]
threads = []
for _ in range(20):
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), attributes, libc.usleep, ctypes.c_void_p(20000))
    threads.append(thread)
sum(i * i for i in range(300000))
print([libc.pthread_join(thread, None) for thread in threads])
time.sleep(0)
