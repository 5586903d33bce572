"""Event loops, greenlets and pools as their users see them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.schema import Checker

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "asyncio.md").read_text()


def block(language, number=0):
    """A code block of the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)[number]


def profile_of(smp, text, *options, python=None, name="prog.py"):
    program = Path(smp.directory) / name
    program.write_text(text)
    command = [python, program] if python else [program]
    done = smp.run("run", *options, "--json", "-o", "p.json", *command)
    assert done.returncode == 0, done
    return json.loads((Path(smp.directory) / "p.json").read_text())


def test_the_page_s_example(smp):
    program = Path(smp.directory) / "awaits.py"
    program.write_text(block("python"))
    done = smp.run("run", program)
    assert done.returncode == 0, done
    assert re.search(r"in tasks +mean +most +for +line", done.stdout)
    assert re.search(r" 20 +sleep +fetch \(awaits.py:6\)", done.stdout), done.stdout
    assert re.search(r" 1 +queue +consumer \(awaits.py:10\)", done.stdout)
    assert "consumer consumer (awaits.py:9)" in done.stdout
    assert "sleeping" in done.stdout  # below line 6 of the source


def test_the_page_s_json(smp):
    profile_of(smp, block("python"), name="awaits.py")
    (Path(smp.directory) / "p.json").rename(Path(smp.directory) / "profile.json")
    said = subprocess.check_output(
        [sys.executable, "-c", block("python", 1)], cwd=smp.directory, text=True
    )
    schema = json.loads((ROOT / "docs" / "profile.schema.json").read_text())
    profile = json.loads((Path(smp.directory) / "profile.json").read_text())
    assert Checker(schema).errors(profile) == []
    assert re.search(r"^fetch 6 [\d.]+ 20 \{'sleep': ", said, re.M), said


def test_saved_profiles_keep_them(smp):
    profile_of(smp, block("python"), name="awaits.py")
    shown = smp.run("view", "--cli", "p.json")
    assert shown.returncode == 0 and "Awaits" in shown.stdout, shown
    smp.run("run", "--no-stacks", "--json", "-o", "cut.json", Path(smp.directory) / "awaits.py")
    cut = smp.run("view", "--cli", "cut.json")
    assert "fetch (awaits.py:6)" in cut.stdout, cut


def test_no_loop_no_table(smp):
    profile = profile_of(smp, "import time\ntime.sleep(0.1)\n")
    assert "tasks" not in profile and "awaits" not in profile
    assert "tasks" not in profile["facts"] and "loops_read" not in profile["ledger"]


BLOCKING = """
import asyncio, time

async def other():
    await asyncio.sleep(1)

async def main():
    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    time.sleep(0.4)
    task.cancel()

asyncio.run(main())
"""


def test_a_blocking_call_is_no_await(smp):
    profile = profile_of(smp, BLOCKING)
    lines = next(iter(profile["files"].values()))["lines"]
    waits = {line["lineno"]: line.get("wait", {}) for line in lines}
    assert waits[10].get("sleep", 0) == pytest.approx(0.4, abs=0.1), waits
    assert sum(a["await_s"] for a in profile.get("awaits", [])) < 0.1


POOL = """
import time
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2, thread_name_prefix="crew") as pool:
    pool.submit(time.sleep, 0.1)
    time.sleep(0.4)
"""


def test_pools_have_names(smp):
    profile = profile_of(smp, POOL)
    worker = next(t for t in profile["threads"] if t["name"].startswith("crew_"))
    assert worker["wait"].get("lock", 0) > 0.15, worker


UVLOOP = """
import asyncio, uvloop

async def nap(seconds):
    await asyncio.sleep(seconds)

async def main():
    await asyncio.gather(*(nap(0.5) for _ in range(10)))

uvloop.run(main())
"""


def test_uvloop(smp):
    pytest.importorskip("uvloop")
    profile = profile_of(smp, UVLOOP, python=sys.executable)
    nap = next(a for a in profile["awaits"] if a["function"] == "nap")
    assert nap["lineno"] == 5 and nap["peak"] == 10 and nap["wait_s"] > 0.3, nap


GREENLETS = """
from gevent import monkey; monkey.patch_all()
import gevent, socket, time

def leaf_a(n): return sum(range(n))
def leaf_b(n): return sum(range(n))

def hot_a():
    for _ in range(150):
        leaf_a(20_000); gevent.sleep(0)

def hot_b():
    for _ in range(150):
        leaf_b(20_000); gevent.sleep(0)

def naps():
    for _ in range(12):
        time.sleep(0.1)

def answer(server):
    client, _ = server.accept()
    client.recv(10)
    gevent.sleep(1)
    client.sendall(b"x")

def ask(port):
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"x"); s.recv(10)

server = socket.create_server(("127.0.0.1", 0))
work = [gevent.spawn(hot_a), gevent.spawn(hot_b)]
gevent.joinall(work)
gevent.joinall([gevent.spawn(naps) for _ in range(5)]
               + [gevent.spawn(answer, server), gevent.spawn(ask, server.getsockname()[1])])
"""


def names_of_stacks(profile):
    facts = profile["facts"]
    names = [facts["strings"][n] for n in facts["functions"]["name"]]
    stacks = [()]
    table = facts["stacks"]
    for parent, frame in list(zip(table["parent"], table["frame"]))[1:]:
        name = names[facts["frames"]["function"][frame]]
        stacks.append((*stacks[parent], name))
    return stacks


def test_greenlets_are_not_mixed_up(smp):
    pytest.importorskip("gevent")
    profile = profile_of(smp, GREENLETS, python=sys.executable)
    stacks = names_of_stacks(profile)
    used = {stacks[s] for s in profile["facts"]["samples"]["stack"]}
    mixed = [s for s in used if ("leaf_a" in s and "hot_b" in s) or ("leaf_b" in s and "hot_a" in s)
             or ("hot_a" in s and "hot_b" in s)]
    assert not mixed and any("leaf_a" in s for s in used)
    awaits = {a["function"]: a for a in profile["awaits"]}
    assert awaits["naps"]["lineno"] == 18 and awaits["naps"]["peak"] == 5
    assert list(awaits["naps"]["on"]) == ["sleep"]
    assert awaits["ask"]["on"].get("io", 0) > 0.5
    hub = sum(1 for s in used if s and s[-1] == "Hub.run")
    assert hub <= 2 and awaits["naps"]["wait_s"] > 0.4
