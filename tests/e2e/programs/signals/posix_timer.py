# The program's own POSIX timer on its CPU clock, by SIGUSR2.
import ctypes
import signal

libc = ctypes.CDLL(None, use_errno=True)
seen = []
signal.signal(signal.SIGUSR2, lambda *_: seen.append(1))


class Event(ctypes.Structure):
    _fields_ = [("value", ctypes.c_void_p), ("signo", ctypes.c_int),
                ("notify", ctypes.c_int), ("pad", ctypes.c_char * 48)]


timer = ctypes.c_void_p()
event = Event(None, signal.SIGUSR2, 0)
assert libc.timer_create(2, ctypes.byref(event), ctypes.byref(timer)) == 0
times = (ctypes.c_long * 4)(0, 10_000_000, 0, 10_000_000)
assert libc.timer_settime(timer, 0, times, None) == 0
while len(seen) < 3:
    sum(range(1000))
print(libc.timer_delete(timer))
