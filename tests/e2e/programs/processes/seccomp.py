# Processes that forbid themselves system calls: strictly, and by filters that kill.
#: processes 4
#: exits 0*3 4
import ctypes
import os
import struct
import threading

libc = ctypes.CDLL(None, use_errno=True)
SET_SECCOMP, STRICT, FILTER, NO_NEW_PRIVS = 22, 1, 2, 38
KILL, ALLOW = 0x80000000, 0x7FFF0000
ALLOWED = (0, 1, 3, 9, 10, 11, 12, 13, 14, 28, 60, 202, 231)  # what the end of this needs


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


def kill_others():
    code = instruction(0x20, 0, 0, 0)  # the call's number
    for number in ALLOWED:
        code += instruction(0x15, 0, 1, number) + instruction(0x06, 0, 0, ALLOW)
    code += instruction(0x06, 0, 0, KILL)
    return Program(len(code) // 8, code)


def work():
    total = 0
    for n in range(1_500_000):
        total += n
    return total


def strict():
    assert libc.prctl(SET_SECCOMP, STRICT) == 0
    work()
    os.write(1, b"strict\n")
    libc.syscall(60, 0)


def filtered():
    program = kill_others()
    assert libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0
    work()
    os.write(1, b"filtered\n")
    os._exit(4)


def refused():
    assert libc.prctl(SET_SECCOMP, FILTER, None, 0, 0) == -1
    print("refused", ctypes.get_errno(), flush=True)
    threading.Thread(target=work).start()
    work()


for child in (strict, filtered, refused):
    pid = os.fork()
    if pid == 0:
        libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
        child()
        os._exit(0)
    print(os.waitpid(pid, 0)[1], flush=True)
