# The alternate signal stack is the program's: none unless it set one.
import ctypes


class Stack(ctypes.Structure):
    _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]


libc = ctypes.CDLL(None)
stack = Stack()
libc.sigaltstack(None, ctypes.byref(stack))
print(stack.sp, stack.flags, stack.size)
