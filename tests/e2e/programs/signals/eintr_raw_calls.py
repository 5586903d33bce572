# Calls that never restart, made raw: none of them sees EINTR.
import ctypes
import errno
import threading

libc = ctypes.CDLL(None, use_errno=True)
counts = {"poll": 0, "nanosleep": 0, "select": 0, "epoll_wait": 0, "futex": 0}


class Timespec(ctypes.Structure):
    _fields_ = [("s", ctypes.c_long), ("ns", ctypes.c_long)]


def note(name, result):
    if result == -1 and ctypes.get_errno() == errno.EINTR:
        counts[name] += 1


def block():
    nap = Timespec(0, 2_000_000)
    epoll = libc.epoll_create1(0)
    word = ctypes.c_int(0)
    for _ in range(40):
        sum(range(20000))
        note("poll", libc.poll(None, 0, 2))
        note("nanosleep", libc.nanosleep(ctypes.byref(nap), None))
        tv = Timespec(0, 2000)
        note("select", libc.select(0, None, None, None, ctypes.byref(tv)))
        event = ctypes.create_string_buffer(16)
        note("epoll_wait", libc.epoll_wait(epoll, event, 1, 2))
        wait = (202, ctypes.byref(word), 128, 0, ctypes.byref(nap), None, 0)
        note("futex", libc.syscall(*wait))


threads = [threading.Thread(target=block) for _ in range(4)]
[t.start() for t in threads]
block()
[t.join() for t in threads]
print(counts)
