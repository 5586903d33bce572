"""Programs whose profile is known before they run, written out when needed.

Each is (source, what it asks, the truth): shares of CPU time by line mark or by
function, the share of native code, or seconds of sleep on a line.
"""
SECONDS = 6.0  # of CPU time, each

_TURN = " ^ 3 ^ 5 ^ 7 ^ 9" * 10  # 40 operations of one kind

_LINES = f"""
import time
def work():
    x = 1
    while time.process_time() < {SECONDS}:
        for _ in range(100):
            x = x{_TURN * 1}  # mark 1
            x = x{_TURN * 2}  # mark 2
            x = x{_TURN * 4}  # mark 4
            x = x{_TURN * 8}  # mark 8
work()
"""

_FUNCTIONS = """
import time
""" + "".join(f"""
def f{n}():
    x = 1
    for _ in range({n * 50}):
        x = x{_TURN}
""" for n in (1, 2, 4, 8)) + f"""
while time.process_time() < {SECONDS}:
    for _ in range(4):
        f1(); f2(); f4(); f8()
"""

_NATIVE = f"""
import hashlib, random, time, zlib
data = random.Random(1).randbytes(1 << 20)
numbers = [random.random() for _ in range(100000)]
while time.process_time() < {SECONDS}:
    hashlib.sha256(data).digest()
    zlib.compress(data, 1)
    sorted(numbers)
"""

_THREADS = f"""
import threading, time
def spin(seconds):
    while time.thread_time() < seconds:
        for _ in range(1000):
            pass
def small(): spin({SECONDS / 4})
def large(): spin({SECONDS * 3 / 4})
threads = [threading.Thread(target=small), threading.Thread(target=large)]
for t in threads: t.start()
for t in threads: t.join()
"""

_SLEEP = """
import time
def spin():
    while time.process_time() < 1.5:
        for _ in range(1000):
            pass
def rest():
    time.sleep(2)  # mark rest
spin()
rest()
"""


def _shares(**weights):
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


TRUTHS = {
    "lines 1:2:4:8": (_LINES, "lines", _shares(**{"1": 1, "2": 2, "4": 4, "8": 8})),
    "functions 1:2:4:8": (_FUNCTIONS, "functions", _shares(f1=1, f2=2, f4=4, f8=8)),
    "Python loop is Python": (_LINES, "native", 0.0),
    "hashlib, zlib, sorted are native": (_NATIVE, "native", 1.0),
    "threads 1:3": (_THREADS, "below", _shares(small=1, large=3)),
    "sleep of 2 s": (_SLEEP, "sleep", 2.0),
}


def marks(source):
    """Line number -> what stands behind `# mark`."""
    return {number: line.split("# mark ")[1].strip()
            for number, line in enumerate(source.split("\n"), 1) if "# mark " in line}
