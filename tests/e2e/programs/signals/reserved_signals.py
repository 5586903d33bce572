# Signals 32 and 33 belong to glibc: a program can't have them.
import ctypes
import errno
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
for number in (32, 33):
    action = ctypes.create_string_buffer(152)
    print(libc.sigaction(number, None, action), errno.errorcode[ctypes.get_errno()])
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError) as error:
        print(type(error).__name__, error)
print(os.WTERMSIG(os.system("kill -0 $$")))
