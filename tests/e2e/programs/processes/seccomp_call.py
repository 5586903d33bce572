# A sandbox entered by the system call itself, as libseccomp does, kills for any call
# of the recorder; it holds for what is forked and started in it, too.
#: processes 0
#: slow
import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
SYS_SECCOMP, FILTER, QUESTION, NO_NEW_PRIVS = 317, 1, 2, 38
KILL, ALLOW = 0x80000000, 0x7FFF0000
# socket, getrusage, timer_create to timer_delete, clock_gettime, rt_sigtimedwait,
# tgkill, faccessat and faccessat2; for a program that is started: not what the
# interpreter itself begins with
FORBIDDEN = (41, 98, 222, 223, 224, 225, 226, 228, 128, 234, 269, 439)


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


def kill(numbers):
    code = instruction(0x20, 0, 0, 0)  # the call's number
    for number in numbers:
        code += instruction(0x15, 0, 1, number) + instruction(0x06, 0, 0, KILL)
    code += instruction(0x06, 0, 0, ALLOW)
    return Program(len(code) // 8, code)


def work():
    total = 0
    for n in range(500_000):
        total += n
    return [bytes(5000) for _ in range(2000)] and total


def enter(*more):
    program = kill(FORBIDDEN + more)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    assert libc.syscall(SYS_SECCOMP, FILTER, 0, ctypes.byref(program)) == 0
    work()


def alone():
    enter(39)  # getpid, too


def with_children():
    enter()
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(5)
    print("forked", os.waitpid(pid, 0)[1], flush=True)
    code = "print('started', sum(i * i for i in range(300_000)))"
    os.execv(sys.executable, [sys.executable, "-S", "-c", code])


def twice():
    enter(39)
    program = kill((101,))
    assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
    work()


def asked():
    """A question and a refusal are no sandbox."""
    action = ctypes.c_uint32(KILL)
    print(libc.syscall(SYS_SECCOMP, QUESTION, 0, ctypes.byref(action)))
    print(libc.syscall(SYS_SECCOMP, FILTER, 0, None), ctypes.get_errno(), flush=True)
    work()


work()
for child in (alone, with_children, twice, asked):
    pid = os.fork()
    if pid == 0:
        child()
        os._exit(3)
    print(child.__name__, os.waitpid(pid, 0)[1], flush=True)
print(libc.syscall(-1), ctypes.get_errno(), libc.syscall(39) == os.getpid())
