"""Floods a profiled program with the recorder's own timer signal.

The kernel fires a CPU timer no more often than its tick. So the signal is sent
by hand, as rt_tgsigqueueinfo lets one do with the code of a timer: to the
thread and with the value that /proc/self/timers shows for the real one.
"""

import ctypes
import errno
import os
import platform
import re
import time

SI_TIMER = -2
RT_TGSIGQUEUEINFO = {"x86_64": 297, "aarch64": 240}
TIMER = re.compile(r"signal: (\d+)/([0-9a-f]+)\s+notify: signal/tid\.(\d+)")
BATCH = 20  # signals sent before the program gets time to run


class Siginfo(ctypes.Structure):
    """The kernel's siginfo of a POSIX timer, 128 bytes on 64-bit machines."""

    _fields_ = [
        ("signo", ctypes.c_int),
        ("errno", ctypes.c_int),
        ("code", ctypes.c_int),
        ("gap", ctypes.c_int),
        ("timer", ctypes.c_int),
        ("overrun", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("rest", ctypes.c_char * 96),
    ]


def available():
    return platform.machine() in RT_TGSIGQUEUEINFO and os.path.exists("/proc/self/timers")


def timers(text):
    """[(signal, value, thread)] of a /proc/PID/timers."""
    return [(int(s), int(v, 16), int(t)) for s, v, t in TIMER.findall(text)]


def flood(pid, targets, count):
    """Sends `count` signals in all, to the timers' threads in turn."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = RT_TGSIGQUEUEINFO[platform.machine()]
    infos = [(s, t, Siginfo(s, 0, SI_TIMER, 0, 0, 0, v)) for s, v, t in targets]
    sent = 0
    while sent < count:
        signal, thread, info = infos[sent % len(infos)]
        result = libc.syscall(number, pid, thread, signal, ctypes.byref(info))
        if result == 0:
            sent += 1
        elif ctypes.get_errno() == errno.ESRCH:
            return sent
        if result or sent % BATCH == 0:
            time.sleep(0.0005)
    return sent
