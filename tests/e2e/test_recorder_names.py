"""Names of code and of threads: what Python calls them, whatever is reused."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons, tool  # noqa: E402
from support.profile import Profile  # noqa: E402

EVERY = pytest.mark.parametrize(
    "python", pythons.find(), ids=lambda python: python.name
)


def run(exe, python, place, text):
    """(what the program printed, its profile)."""
    (place / "prog.py").write_text(text)
    argv = tool.command(exe, python.path, ["{prog}"], place / "p.json", "prog.py")
    done = subprocess.run(argv, cwd=place, capture_output=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout, Profile(place / "p.json")


# Code objects that come and go at the same addresses and differ in their names
# alone: in a number that is never used again, at the beginning or at the end,
# and in the digit before it, which has to be that of the caller.
MAKING = """
import time, types
TEXT = '''
def {name}(end):
    while clock() < end: pass
'''
CALLER = '''
def call_{n}(name):
    global count
    count += 1
    text = TEXT.format(name=name.replace("?", "{n}_%06d" % count))
    code = compile(text, FILENAME, "exec").co_consts[0]
    types.FunctionType(code, GLOBALS)(time.process_time() + 0.004)
'''
FILENAME, GLOBALS = "<made>", {"clock": time.process_time}
count = 0
callers = []
for n in range(8):
    exec(CALLER.format(n=n))
    callers.append(globals()["call_%d" % n])
for name in ("f?", "a_long_name_that_goes_on_for_a_while_until_?",
             "f?_and_then_a_long_name_that_goes_on_and_on"):
    end = time.process_time() + 0.8
    while time.process_time() < end:
        for call in callers:
            call(name)
"""


def number_of(frame):
    return int(re.search(r"\d", frame.function).group())


@EVERY
def test_code_at_used_addresses(python, exe_path, tmp_path):
    _, profile = run(exe_path, python, tmp_path, MAKING)
    found, wrong = set(), []
    for stack in profile.stacks():
        callers = [f for f in stack if f.function.startswith("call_")]
        made = [f for f in stack if f.file == "<made>" and f.function != "<module>"]
        if callers and made:
            found.add(made[0].function)
            if number_of(callers[0]) != number_of(made[0]):
                wrong.append((callers[0], made[0]))
    assert not wrong
    assert len(found) > 100, "too few to say anything"


THREADS = """
import _thread, concurrent.futures, json, threading, time
names = {}
def work():
    end = time.thread_time() + 0.03
    while time.thread_time() < end:
        pass
    names[threading.get_native_id()] = threading.current_thread().name
class Own(threading.Thread):
    def run(self):
        work()
threads = [threading.Thread(target=work, name=name) for name in
           ("plain", "with space", "\\u00fc \\u6f22 \\U0001f600", "x" * 40)]
threads += [threading.Thread(target=work), Own(name="own"), Own(),
            threading.Timer(0.01, work)]
threads[-1].name = "timer"
for thread in threads:
    thread.start()
with concurrent.futures.ThreadPoolExecutor(2, "pool") as pool:
    list(pool.map(lambda n: work(), range(4)))
def nested():
    inner = threading.Thread(target=work, name="inner")
    inner.start()
    inner.join()
    work()
threads.append(threading.Thread(target=nested, name="outer"))
threads[-1].start()
for thread in threads:
    thread.join()
done = _thread.allocate_lock()
done.acquire()
nameless = []
def bare():
    nameless.append(threading.get_native_id())
    done.release()
_thread.start_new_thread(bare, ())
done.acquire()
time.sleep(0.05)
print(json.dumps([names, nameless]))
"""


@EVERY
def test_threads(python, exe_path, tmp_path):
    out, profile = run(exe_path, python, tmp_path, THREADS)
    names, nameless = json.loads(out)
    found = {str(t["tid"]): t["name"] for t in profile.threads()}
    assert len(names) >= 11
    assert {tid: found[tid] for tid in names} == names
    # threading does not know it: nobody else's name either.
    assert found[str(nameless[0])] not in names.values()
    main = [t for t in profile.threads() if t["main"]]
    assert [t["name"] for t in main] == ["MainThread"]
