"""What programs call: @profile, regions, marks, on and off."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import package, pythons, tool  # noqa: E402
from support.schema import Checker  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BURN = """\
import time
def burn(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
"""


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    return package.install(tmp_path_factory.mktemp("package"))


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


class Done:
    """A run: what it printed and its profile."""

    def __init__(self, folder, output):
        self.output = output
        self.data = json.loads((folder / "p.json").read_text())
        self.facts = self.data["facts"]
        self.regions = {r["name"]: r for r in self.data.get("regions", ())}

    def shown(self):
        """Names of the functions of the report."""
        files = self.data["files"].values()
        return {f["line"] for file in files for f in file["functions"]}


@pytest.fixture
def profiled(python, path, tmp_path):
    """profiled(text, *options): runs a program's text under the profiler."""
    exe = tool.executable()
    if exe in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")

    def run(text, *options, code=0, flags=(), **env):
        (tmp_path / "prog.py").write_text(BURN + textwrap.dedent(text))
        argv = [exe, "run", "-o", "p.json", "--cpu-percent-threshold", "0", *options]
        argv += ["---", python.path, *flags, "prog.py"]
        environment = {**os.environ, "PYTHONPATH": str(path), **env}
        done = subprocess.run(
            argv, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        result = Done(tmp_path, done.stdout)
        assert Checker(schema()).errors(result.data) == []
        assert result.data["ledger"]["records_damaged"] == 0
        return result

    return run


def schema():
    return json.loads((ROOT / "docs" / "profile.schema.json").read_text())


# --- @profile ---

DECORATED = """
    import functools
    def keep(f):
        @functools.wraps(f)
        def wrapper(*a):
            return f(*a)
        return wrapper
    @profile
    def chosen():
        burn(0.1)
        return sum(i * i for i in range(300000))
    @profile
    @keep
    def wrapped():
        burn(0.05)
    @profile
    class Whole:
        def method(self): burn(0.05)
        @classmethod
        def of_class(cls): burn(0.05)
        @staticmethod
        def of_none(): burn(0.05)
        @property
        def value(self): burn(0.05)
    @profile
    def generator():
        burn(0.05)
        yield 1
    @profile
    async def coroutine(): burn(0.05)
    @keep
    def other(): burn(0.3)
    chosen(); wrapped(); other()
    w = Whole(); w.method(); w.of_class(); w.of_none(); w.value
    list(generator())
    import asyncio
    asyncio.run(coroutine())
"""


def test_only_decorated_functions_are_reported(profiled):
    done = profiled(DECORATED)
    methods = {f"Whole.{n}" for n in ("method", "of_class", "of_none", "value")}
    wanted = methods | {"chosen", "wrapped", "generator", "coroutine"}
    assert wanted <= done.shown()
    rest = {name for name in done.shown() - wanted if "genexpr" not in name}
    assert rest == set()
    lines = [line["lineno"] for f in done.data["files"].values() for line in f["lines"]]
    assert lines, "their lines are shown"
    total = sum(done.data[f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
    inside = sum(done.data["in_scope"][f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
    assert total > inside + 0.1, "the whole program's totals stay"


def test_all_are_there_with_profile_all(profiled):
    done = profiled(DECORATED, "--profile-all", "--reduced-profile")
    assert {"other", "chosen", "burn"} <= done.shown()
    assert done.data["facts"]["selected"]


def test_what_is_decorated_stays_itself(profiled):
    profiled("""
        import builtins, inspect, pickle, copyreg
        def f(a, *, b=1) -> int:
            "doc"
        class C: pass
        before = f.__dict__.copy(), inspect.signature(f), f.__name__, f.__doc__
        for it in (f, C, C.__init__, classmethod(f), property(f), len, 3, None, print):
            assert profile(it) is it
        assert profile(precision=4) is profile
        assert before == (f.__dict__, inspect.signature(f), f.__name__, f.__doc__)
        assert pickle.loads(pickle.dumps(f)) is f
        assert profile is builtins.profile
        inspect.signature(profile)
        for bad in ((), (f, f)):
            try:
                profile(*bad)
            except TypeError:
                pass
            else:
                raise AssertionError(bad)
        class Nasty:
            def __getattr__(self, name): raise RuntimeError(name)
        it = Nasty()
        assert profile(it) is it
        class Loop: pass
        Loop.again = Loop
        assert profile(Loop) is Loop
        def g(): pass
        g.__wrapped__ = g
        assert profile(g) is g
    """)


def test_programs_that_have_their_own_profile(profiled):
    done = profiled("""
        def profile(f):
            return "mine"
        @profile
        def f(): pass
        assert f == "mine"
        burn(0.1)
    """)
    assert "selected" not in done.facts and "burn" in done.shown()


def test_without_a_profiler_there_is_no_builtin(python, path):
    code = """
import sys
try:
    profile
except NameError:
    print("none")
from solvidia_mem_prof import profile, region, start, stop, mark, is_active
from solvidia_mem_prof import enable_profiling, snapshot, solvidia_mem_prof_profiler
import solvidia_mem_prof
@profile
def f():
    with region("a"), enable_profiling():
        mark("x")
@region("b")
def g(): return 7
f(); assert g() == 7 and g.__name__ == "g" and not hasattr(g, "__wrapped__")
assert (start(), stop(), is_active(), snapshot()) == (False, False, False, None)
solvidia_mem_prof_profiler.start(); solvidia_mem_prof_profiler.stop()
assert "inspect" not in sys.modules and "ctypes" not in sys.modules
try:
    region(3)
except TypeError:
    print("refused")
"""
    done = subprocess.run(
        [python.path, "-W", "error", "-X", "dev", "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("none\nrefused\n", "")


# --- regions ---


def test_regions_count_nested_recursive_and_by_thread(profiled):
    done = profiled("""
        import threading
        from solvidia_mem_prof import region
        def recursive(n):
            with region("recursive"):
                burn(0.01)
                if n:
                    recursive(n - 1)
        with region("outer"):
            with region("inner"):
                burn(0.1)
            recursive(4)
        def work():
            for _ in range(3):
                with region("thread"):
                    burn(0.02)
        threads = [threading.Thread(target=work) for _ in range(2)]
        for t in threads: t.start()
        for t in threads: t.join()
        try:
            with region("raises"):
                1 / 0
        except ZeroDivisionError:
            pass
        shared = region("shared")
        def again(n):
            with shared:
                if n: again(n - 1)
        again(100)
        with shared:
            pass
        for i in range(200000):
            with region("many"): pass
        region("never").__enter__()  # collected without having been left
    """)
    r = done.regions
    counts = {name: (it["count"], it["nested"], it["open"]) for name, it in r.items()}
    assert counts == {
        "outer": (1, 0, 0),
        "inner": (1, 0, 0),
        "recursive": (5, 4, 0),
        "thread": (6, 0, 0),
        "raises": (1, 0, 0),
        "shared": (102, 100, 0),
        "many": (200000, 0, 0),
    }
    assert r["outer"]["total_s"] >= r["inner"]["total_s"] + r["recursive"]["total_s"] >= 0.15
    assert 0.05 <= r["recursive"]["total_s"] <= r["outer"]["total_s"]
    assert r["thread"]["threads"] == 2 and r["outer"]["threads"] == 1
    rows = done.facts["regions"]
    name = done.facts["strings"].index("thread")
    assert [n for n, at in zip(rows["count"], rows["name"]) if at == name] == [3, 3]


def test_cpu_and_memory_of_a_region(profiled):
    done = profiled("""
        from solvidia_mem_prof import region
        with region("outer"):
            burn(0.2)
            with region("big"):
                keep = [bytearray(1 << 20) for _ in range(50)]
            with region("sleep"):
                time.sleep(0.2)
        burn(0.4)
    """)
    cpu = {n: sum(r[f"cpu_{k}_s"] for k in ("python", "native", "system"))
           for n, r in done.regions.items()}  # fmt: skip
    whole = sum(done.data[f"cpu_{k}_s"] for k in ("python", "native", "system"))
    # The same clock bounds both: what ran inside and what ran outside.
    assert 0 < cpu["outer"] < whole and cpu["sleep"] < cpu["outer"]
    assert done.regions["sleep"]["total_s"] >= 0.2
    assert done.regions["sleep"]["wait"].get("sleep", 0) > 0.1
    for name in ("big", "outer"):
        assert 50 << 20 <= done.regions[name]["alloc_bytes"] < 56 << 20
        assert 50 << 20 <= done.regions[name]["peak_bytes"] < 56 << 20
    assert done.regions["sleep"]["alloc_bytes"] < 1 << 20


def test_interleaved_coroutines_are_told_apart(profiled):
    done = profiled("""
        import asyncio
        from solvidia_mem_prof import region
        async def one(name, seconds):
            with region(name):
                for _ in range(10):
                    burn(seconds)
                    await asyncio.sleep(0.002)
        async def main():
            await asyncio.gather(one("light", 0.0), one("heavy", 0.02))
        asyncio.run(main())
    """)
    cpu = {n: sum(r[f"cpu_{k}_s"] for k in ("python", "native", "system"))
           for n, r in done.regions.items()}  # fmt: skip
    assert done.regions["light"]["count"] == done.regions["heavy"]["count"] == 1
    assert cpu["heavy"] > 5 * cpu["light"]


def test_a_region_decorates_what_it_is(profiled):
    done = profiled("""
        import asyncio, inspect, pickle
        from solvidia_mem_prof import region
        @region("sync")
        def sync(a, b=2): return a + b
        @region("gen")
        def gen():
            got = yield 1
            yield got
            return 3
        @region("co")
        async def co(): return 4
        @region("agen")
        async def agen():
            try:
                got = yield 1
                yield got
            except KeyError:
                yield "caught"
        class C:
            @region("method")
            def method(self): return 5
            @region("of_class")
            @classmethod
            def of_class(cls): return cls
            @region("of_none")
            @staticmethod
            def of_none(): return 6
        assert sync(1) == 3 and str(inspect.signature(sync)) == "(a, b=2)"
        assert pickle.loads(pickle.dumps(sync)) is sync
        g = gen()
        assert inspect.isgeneratorfunction(gen) and (next(g), g.send(9)) == (1, 9)
        try: next(g)
        except StopIteration as end: assert end.value == 3
        async def main():
            assert inspect.iscoroutinefunction(co) and await co() == 4
            it = agen()
            assert inspect.isasyncgenfunction(agen)
            assert await it.asend(None) == 1 and await it.asend(8) == 8
            assert await it.athrow(KeyError()) == "caught"
            await it.aclose()
            assert [x async for x in agen()] == [1, None]
        asyncio.run(main())
        assert C().method() == 5 and C.of_class() is C and C.of_none() == 6
    """)
    assert {n: r["count"] for n, r in done.regions.items()} == {
        "sync": 1, "gen": 1, "co": 1, "agen": 2, "method": 1, "of_class": 1, "of_none": 1,
    }  # fmt: skip


def test_an_exit_stack_enters_for_its_caller(profiled):
    done = profiled("""
        from contextlib import ExitStack
        from solvidia_mem_prof import region
        with ExitStack() as stack:
            stack.enter_context(region("first"))
            stack.enter_context(region("second"))
            burn(0.1)
    """)
    for name in ("first", "second"):
        r = done.regions[name]
        assert r["count"] == 1 and r["total_s"] >= 0.1
        assert sum(r[f"cpu_{k}_s"] for k in ("python", "native", "system")) > 0


def test_regions_over_a_fork_and_a_kill(profiled):
    done = profiled(
        """
        import os, signal
        from solvidia_mem_prof import region
        with region("before"):
            pid = os.fork()
            if not pid:
                with region("child"):
                    burn(0.05)
                os._exit(0)
            os.waitpid(pid, 0)
        with region("finished"):
            burn(0.05)
        with region("open"):
            burn(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        code=-9,
    )
    r = {n: (it["count"], it["open"], it["processes"]) for n, it in done.regions.items()}
    assert r == {"before": (1, 0, 1), "child": (1, 0, 1), "finished": (1, 0, 1), "open": (1, 1, 1)}
    assert done.regions["open"]["total_s"] >= 0.05


def test_more_names_and_threads_than_there_is_room_for(profiled):
    done = profiled("""
        from solvidia_mem_prof import mark, region
        for i in range(3000):
            with region(f"name {i}"): pass
        for i in range(12000):
            mark(f"{i}")
        with region("\\udc80 \\N{SNOWMAN} <b>" + "x" * 500): pass
    """)
    assert done.regions["(other names)"]["count"] == 3000 - 1023 + 1
    assert sum(r["count"] for r in done.regions.values()) == 3001
    assert len(done.data["marks"]) == 10000
    assert done.facts["marks_lost"] == 2000 and done.facts["regions_lost"] > 0


@pytest.mark.parametrize("flags", [("-X", "dev"), ("-I",)], ids=["dev", "isolated"])
def test_nothing_is_left_behind(profiled, flags, path):
    done = profiled(
        f"""
        import gc, sys
        sys.path.insert(0, {str(path)!r})
        from solvidia_mem_prof import _bridge, mark, region
        def once():
            for i in range(1000):
                with region("r"): pass
                with region("a" + str(i % 10)): mark("m")
                r = region("again")
                with r, r, r: pass
                profile(once)
            try: region(1)
            except TypeError: pass
        once(); gc.collect(); once(); gc.collect()
        name, before = "r", (sys.getrefcount("r"), sys.getrefcount(None), len(gc.get_objects()))
        once(); gc.collect()
        after = (sys.getrefcount("r"), sys.getrefcount(None), len(gc.get_objects()))
        assert abs(after[0] - before[0]) < 5 and abs(after[1] - before[1]) < 50, (before, after)
        assert abs(after[2] - before[2]) < 50, (before, after)
        class AtEnd:
            def __del__(self):
                with region("at the end"): pass
        sys.keep = AtEnd()
        """,
        flags=flags,
        PYTHONMALLOC="debug",
    )
    assert done.regions["again"]["count"] == 9000


def test_a_subinterpreter_is_left_alone(profiled, python):
    module = {(3, 13): "_interpreters"}.get(python.minor, "_xxsubinterpreters")
    done = profiled(f"""
        import {module} as subs
        from solvidia_mem_prof import region
        sub = subs.create()
        with region("main"):
            subs.run_string(sub, "import solvidia_mem_prof as s\\n"
                "with s.region('sub'): s.mark('sub')\\nassert not s.is_active()")
        subs.destroy(sub)
        with region("after"): pass
    """)
    assert set(done.regions) == {"main", "after"} and "marks" not in done.data


# --- marks, on and off ---


def test_marks_are_on_the_timeline(profiled):
    done = profiled("""
        from solvidia_mem_prof import mark
        mark("one"); time.sleep(0.1); mark("two \\N{SNOWMAN}")
        try: mark(1)
        except TypeError: pass
    """)
    one, two = done.data["marks"]
    assert (one["text"], two["text"]) == ("one", "two \N{SNOWMAN}")
    assert 0.1 <= two["at_s"] - one["at_s"] < done.data["elapsed_time_sec"]
    assert done.data["threads"][one["thread"]]["main"]


def test_between_stop_and_start_nothing_is_measured(profiled):
    done = profiled("""
        from solvidia_mem_prof import (enable_profiling, is_active, region, start, stop,
                                       solvidia_mem_prof_profiler)
        assert is_active() and stop() and not is_active()
        with region("off"): burn(0.3)  # off
        start(); assert is_active()
        burn(0.1)
        solvidia_mem_prof_profiler.stop()
        burn(0.3)
        with enable_profiling():
            assert is_active()
            with region("on"): burn(0.1)
        assert not is_active()
    """)
    assert set(done.regions) == {"on"}
    cpu = sum(done.data[f"cpu_{k}_s"] for k in ("python", "native", "system"))
    by_line = {
        line["lineno"]: line["cpu_python_s"] + line["cpu_native_s"]
        for f in done.data["files"].values()
        for line in f["lines"]
    }
    assert cpu < 0.6, (cpu, by_line)


def test_the_terminal_report_has_them(profiled, tmp_path):
    profiled("""
        from solvidia_mem_prof import mark, region
        with region("a part"): burn(0.1)
        mark("an instant")
    """)
    done = subprocess.run(
        [tool.executable(), "view", "--cli", "p.json"], cwd=tmp_path, capture_output=True, text=True
    )
    assert re.search(r"0\.\d+ s +1 .* a part\n", done.stdout), done.stdout
    assert re.search(r"s  an instant\n", done.stdout)


def test_no_audit_event_is_listened_to(profiled):
    """Each would cost the program; only the package that asks for its recorder is heard."""
    done = profiled("""
        import ctypes, sys
        head_at = {(3, 11): 656, (3, 12): 3064, (3, 13): 10424}[sys.version_info[:2]]
        runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        head = ctypes.c_void_p.from_address(runtime + head_at)
        print(head.value)
        from solvidia_mem_prof import region
        with region("heard"): burn(0.05)
        print(head.value)
        # The right place: this hook, a function that answers 0, is found there.
        add = ctypes.pythonapi.PySys_AddAuditHook
        add.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        add(ctypes.cast(ctypes.pythonapi.PyErr_Occurred, ctypes.c_void_p), None)
        print(head.value is not None)
    """)
    assert done.output.split("\n")[:3] == ["None", "None", "True"]
    assert set(done.regions) == {"heard"}
