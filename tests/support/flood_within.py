"""A program that floods itself with the recorder's signal.

It goes from C to Python and back in every way while a helper (c/flood.c), loaded
by ctypes, sends the signal to two of its threads. Its arguments: the helper's
path, and how many signals.
"""

import os
import subprocess

from support import tool
from support.profile import Profile

PROGRAM = r'''
import ctypes, faulthandler, functools, re, sys, threading

def leaf_a(n):
    return n + 1

def hot_a(n):
    return leaf_a(n)

def leaf_b(n):
    return n * 2

def hot_b(n):
    return leaf_b(n)

def generator():
    for n in range(50):
        yield hot_b(n)

async def coroutine(n):
    return hot_a(n)

class Operators:
    def __lt__(self, other):
        return hot_a(1) > hot_b(2)

def every_way():
    for n in range(20):
        hot_a(n)
        callback(n)
        sum(generator())
        sorted([3, 2, 1], key=lambda n: hot_b(n))
        sorted([Operators(), Operators(), Operators()])
        functools.reduce(lambda a, b: hot_a(a), [1, 2, 3])
        list(map(hot_b, range(5)))
        try:
            coroutine(n).send(None)
        except StopIteration:
            pass
    exec(compile("def made():\n  return 1\nmade()", "<made>", "exec"), {})

callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: hot_a(n))
helper = ctypes.CDLL(sys.argv[1])
helper.flood_add.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
helper.flood_start.argtypes = [ctypes.c_long]
helper.flood_sent.restype = helper.flood_stop.restype = ctypes.c_long
count, stop = int(sys.argv[2]), False

def until_stopped():
    while not stop:
        every_way()

thread = threading.Thread(target=until_stopped, daemon=True)
thread.start()
TIMER = re.compile(r"signal: (\d+)/([0-9a-f]+)\s+notify: signal/\w+\.(\d+)")
timers = {int(tid): (int(signal), int(value, 16))
          for signal, value, tid in TIMER.findall(open("/proc/self/timers").read())}
for tid in (threading.get_native_id(), thread.native_id):
    helper.flood_add(tid, *timers[tid])
helper.flood_start(count)
while helper.flood_sent() < count:
    every_way()
    if helper.flood_sent() > count // 2 and not faulthandler.is_enabled():
        faulthandler.enable()
stop = True
thread.join()
print(helper.flood_stop())
'''


def run(exe, python, place, helper, count, env=()):
    """Runs it profiled; its profile."""
    (place / "prog.py").write_text(PROGRAM)
    arguments = ["{prog}", str(helper), str(count)]
    argv = tool.command(exe, python.path, arguments, place / "p.json", "prog.py")
    variables = {**os.environ, **dict(env)}
    done = subprocess.run(
        argv, cwd=place, env=variables, capture_output=True, timeout=280
    )
    assert done.returncode == 0, done
    assert int(done.stdout) == count
    return Profile(place / "p.json")
