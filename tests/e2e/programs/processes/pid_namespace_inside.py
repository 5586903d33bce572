# A child in a PID namespace of its own has numbers that mean others outside: it is
# let be, and its number 1 is not taken for the system's.
#: needs pid-namespace
#: processes 0
#: check one_is_foreign
#: slow
import ctypes
import os

NEW_PID = 0x20000000
libc = ctypes.CDLL(None, use_errno=True)


def work():
    return sum(i * i for i in range(300_000))


pid = os.fork()
if pid == 0:
    print(libc.unshare(NEW_PID), flush=True)
    inside = os.fork()
    if inside == 0:
        print(os.getpid(), work(), flush=True)
        os._exit(3)
    print(os.waitpid(inside, 0)[1], flush=True)
    os._exit(0)
print(os.waitpid(pid, 0)[1])
