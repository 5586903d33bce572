"""Memory where it is hard: other allocators, every object sampled, a sudden end."""

import ctypes
import json
import os

import pytest
from support import build

ALLOCATORS = {
    "jemalloc": "libjemalloc.so.2",
    "tcmalloc": "libtcmalloc_minimal.so.4",
    "mimalloc": "libmimalloc.so.2.0",
}

# 30 MB each of small objects, large ones and C's own; what `gone` made is freed.
KINDS = """\
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
kept = [None] * 100_000
def small():
    for i in range(100_000):
        kept[i] = bytes(267)
def large():
    return [bytes(100_000) for i in range(300)]
def native():
    for i in range(30):
        libc.malloc(1_000_000)
def gone():
    for i in range(300):
        bytes(100_000)
small()
more = large()
native()
gone()
"""


def lines(smp, program, *options, env=None, status=0):
    (smp.directory / "prog.py").write_text(program)
    done = smp.run("--json", "-o", "p.json", *options, "prog.py", env=env)
    assert done.returncode == status, done
    profile = json.loads((smp.directory / "p.json").read_text())
    found = {row["lineno"]: row for f in profile["files"].values() for row in f["lines"]}
    return found, profile, done


def loadable(library):
    try:
        return bool(ctypes.CDLL(library))
    except OSError:
        return False


@pytest.mark.parametrize("name", ALLOCATORS)
def test_with_an_allocator_of_the_user_s(smp, name):
    library = ALLOCATORS[name]
    if not os.path.exists(f"/usr/lib/x86_64-linux-gnu/{library}") and not loadable(library):
        pytest.skip(f"no {library}: ./dev setup installs it")
    row, profile, done = lines(smp, KINDS, env={"LD_PRELOAD": library})
    assert not done.stderr
    assert row[7]["live_bytes"] == pytest.approx(30e6, rel=0.12)  # 4 standard errors
    assert row[9]["live_bytes"] == pytest.approx(30e6, rel=0.06)
    assert row[12]["live_bytes"] == pytest.approx(30e6, rel=0.01)
    assert row[12]["python_alloc_bytes"] < 0.3e6  # ctypes makes small objects
    assert row[15]["alloc_bytes"] == pytest.approx(30e6, rel=0.06)
    assert row[15]["live_bytes"] == 0
    assert row[9]["python_alloc_bytes"] == row[9]["alloc_bytes"]


def test_every_object_is_sampled_while_dicts_change(smp):
    """One byte apart: each allocation is one, until the governor ends it."""
    program = """\
d = {}
for i in range(300_000):
    d[i % 5000, "key"] = [i]
    if i % 3 == 0:
        d.pop((i % 4000, "key"), None)
print(len(d), sum(i + v[0] for (i, _), v in d.items()))
"""
    (smp.directory / "prog.py").write_text(program)
    bare = smp.run("--no-memory", "--json", "-o", "p.json", "prog.py").stdout
    done = smp.run("--json", "-o", "p.json", "--allocation-sampling-window", "1", "prog.py")
    assert done.returncode == 0 and done.stdout == bare and not done.stderr
    profile = json.loads((smp.directory / "p.json").read_text())
    ledger = profile["ledger"]
    assert ledger["alloc_interval_least_bytes"] == 1
    assert ledger["allocations_sampled"] > 1000
    assert ledger["records_damaged"] == 0


def test_a_sampled_object_takes_no_more_room_than_any_other(smp):
    """Some thousand of 100,000 objects are sampled: made 513 bytes long each would take
    0.4 kB more. The table of the live ones takes 16 bytes each and a megabyte."""
    program = """\
import time
def anonymous():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon"))
kept = [None] * 100_000
before = anonymous()
for i in range(100_000):
    kept[i] = object(), i
    if i % 2000 == 0:
        time.sleep(0.02)  # for the collector, so that few are lost
for i in range(1000):
    kept[i] = kept[i] + kept[i][:1]  # and as good for use
print(anonymous() - before)
"""
    (smp.directory / "prog.py").write_text(program)
    bare = smp.run("--no-memory", "--json", "-o", "p.json", "prog.py")
    done = smp.run("--json", "-o", "p.json", "--allocation-sampling-window", "64", "prog.py")
    assert done.returncode == 0 and not done.stderr
    profile = json.loads((smp.directory / "p.json").read_text())
    sampled = profile["ledger"]["allocations_sampled"]
    assert sampled > 4_000
    assert int(done.stdout) - int(bare.stdout) < 1_400 + 0.15 * sampled  # kB


def test_what_a_library_s_threads_allocate(smp):
    """From the first moment on, when nobody has been seen to wait for them yet."""
    program = """\
import concurrent.futures as f
def load():
    with f.ThreadPoolExecutor(4) as pool:
        return list(pool.map(bytes, [20_000_000] * 4))
kept = load()
pool = f.ThreadPoolExecutor(1)
more = pool.submit(bytes, 40_000_000)
while not more.done():
    pass
"""
    row, profile, _ = lines(smp, program)
    assert row[4]["live_bytes"] == pytest.approx(80e6, rel=0.02)
    assert row[7]["live_bytes"] == pytest.approx(40e6, rel=0.02)


def test_killed_it_is_whole_up_to_the_end(smp):
    """What was there at the last flush is there: 0.3 s pass before the kill."""
    program = """\
import os, time
kept = [bytearray(200_000) for _ in range(200)]
for _ in range(1_000_000):
    bytearray(700)
more = [bytearray(100_000) for _ in range(100)]
time.sleep(0.3)
os.kill(os.getpid(), 9)
"""
    row, profile, _ = lines(smp, program, status=-9)
    assert row[2]["live_bytes"] == pytest.approx(40e6, rel=0.02)
    assert row[5]["live_bytes"] == pytest.approx(10e6, rel=0.08)
    assert row[4]["live_bytes"] < 1e6
    assert row[4]["alloc_bytes"] > 500e6
    assert profile["ledger"]["records_damaged"] == 0


def test_a_library_s_own_threads(smp):
    """What they allocate is the line's that waits for them; of one that nobody waits
    for it is no line's."""
    library = build.library(smp.directory, "pool")
    program = f"""\
import ctypes, time
library = ctypes.CDLL({str(library)!r})
library.pool_run()
library.pool_aside()
time.sleep(0.4)
"""
    row, profile, _ = lines(smp, program)
    assert row[3]["live_bytes"] == pytest.approx(80e6, rel=0.02)
    assert row[3]["python_alloc_bytes"] < 1e6  # ctypes makes small objects
    assert row[5].get("alloc_bytes", 0) < 1e6
    assert profile["live_bytes"] == pytest.approx(120e6, rel=0.02)
