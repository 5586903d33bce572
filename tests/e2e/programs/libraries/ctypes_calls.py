# ctypes: callbacks, errno, structures, releasing and holding the GIL.
import ctypes
import ctypes.util

libc = ctypes.CDLL(None, use_errno=True)
python = ctypes.pythonapi
print(libc.abs(-5), libc.strlen(b"four"), libc.open(b"/nonexistent", 0), ctypes.get_errno())
held = ctypes.PyDLL(None)
print(held.usleep(20000), libc.usleep(20000))
callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: sum(range(n)))
print([callback(n) for n in (10, 1000)])
print(python.Py_IsInitialized())
