"""Pools of processes in every way to start them: one profile, each worker in it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.profile import Profile  # noqa: E402

POOLS = Path(__file__).with_name("services") / "pools.py"
# What its worker processes are called.
NAMES = {
    "fork": "child of ",
    "spawn": "multiprocessing worker (spawn)",
    "forkserver": "child of ",
    "executor": "child of ",
    "joblib": "LokyProcess-",
}
ANSWER = 60 * sum(i * i % 7 for i in range(150_000))


@pytest.mark.parametrize("kind", NAMES)
def test_pool(smp, tmp_path, kind):
    if kind == "joblib":
        pytest.importorskip("joblib")
    if kind == "executor" and sys.version_info >= (3, 14):
        pytest.skip("its processes come from a fork server from 3.14 on")
    done = smp.run("--python", sys.executable, "-o", "p.json", POOLS, kind)
    assert (done.returncode, done.stderr) == (0, "")
    total, used = done.stdout.split()
    assert int(total) == ANSWER
    profile = Profile(tmp_path / "p.json")
    workers = [p for p in profile.json["processes"] if p["name"].startswith(NAMES[kind])]
    busy = [p for p in workers if p["cpu_python_s"] > 0]
    assert 2 <= len(busy) <= 3
    assert all(p["peak_bytes"] > 0 and not p["running"] for p in busy)
    # 250 ticks of 4 ms a second, Poisson: 4 sigma.
    cpu_s, used_s = profile.functions("pools.py")["python_work"], float(used)
    assert abs(cpu_s - used_s) < 4 * (0.004 * used_s) ** 0.5 + 0.02


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_data_loader(smp, tmp_path, method):
    """Workers of torch, its thread pool, its tensors."""
    pytest.importorskip("torch")
    program = POOLS.with_name("train.py")
    lines = enumerate(program.read_text().splitlines(), 1)
    tags = {n: text.partition("# @")[2] for n, text in lines if "# @" in text}
    done = smp.run("--python", sys.executable, "-o", "p.json", program, method)
    assert (done.returncode, done.stderr) == (0, "")
    one, size, product_s, workers_s = map(float, done.stdout.split())
    assert (one, size) == (1.0, 128)
    profile = Profile(tmp_path / "p.json")
    workers = [p for p in profile.json["processes"] if p["cpu_python_s"] > 0.1][1:]
    assert len(workers) == 2 and {p["exit_status"] for p in workers} == {0}
    found = dict.fromkeys(tags.values(), 0.0)
    for n, cost in profile.lines("train.py").items():
        found[tags.get(n)] = found.get(tags.get(n), 0.0) + sum(cost.values())
    # A tick of 4 ms, Poisson: 4 sigma; a thread may spin where nobody waits for it.
    for tag, used, more in (("worker", workers_s, 0.05), ("product", product_s, 0.2)):
        assert abs(found[tag] - used) < 4 * (0.004 * used) ** 0.5 + more * used, tag
    (memory,) = (f for name, f in profile.json["files"].items() if name.endswith("train.py"))
    (kept,) = (row for row in memory["lines"] if tags.get(row["lineno"]) == "kept")
    assert kept["peak_bytes"] == pytest.approx(512 << 20, rel=0.02)


TITLED = """
import ctypes, os, time
if os.fork() == 0:
    fields = open("/proc/self/stat").read().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, b"job: worker", min(11, end - start))
    time.sleep(2)
    os._exit(0)
os.wait()
"""


def test_a_worker_with_a_title(smp, tmp_path):
    """As setproctitle does it: over the arguments."""
    (tmp_path / "titled.py").write_text(TITLED)
    done = smp.run("--python", sys.executable, "-o", "p.json", "titled.py")
    assert (done.returncode, done.stderr) == (0, "")
    main, worker = Profile(tmp_path / "p.json").json["processes"]
    assert worker["name"] == "job: worker" and main["name"].endswith(" titled.py")
