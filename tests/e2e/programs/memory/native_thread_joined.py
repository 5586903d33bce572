# Threads that never held the GIL allocate while the one that holds it joins them.
import ctypes

held = ctypes.PyDLL(None)  # keeps the GIL
held.malloc.restype = ctypes.c_void_p
held.free.argtypes = (ctypes.c_void_p,)
start = ctypes.cast(held.malloc, ctypes.c_void_p)
done = 0
for size in list(range(1, 2000)) + [1 << 20] * 500:
    thread, result = ctypes.c_ulong(), ctypes.c_void_p()
    held.pthread_create(ctypes.byref(thread), None, start, ctypes.c_void_p(size))
    held.pthread_join(thread, ctypes.byref(result))
    done += bool(result.value)
    held.free(result)
print(done)
