"""docs/recipes.md: its commands run as they stand there, ports and folders apart."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import needs, package  # noqa: E402
from support.profile import Profile  # noqa: E402
from support.service import Service, load  # noqa: E402

HERE = Path(__file__).with_name("services")
RECIPES = (Path(__file__).resolve().parents[2] / "docs" / "recipes.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", RECIPES, re.MULTILINE | re.DOTALL)
OURS = "solvidia-mem-prof "
LINES = [
    line
    for kind, text in BLOCKS
    if kind == "sh"
    for line in text.splitlines()
    if line.startswith(OURS)
]
SERVERS = [line for line in LINES if "8000" in line]
DAEMON = """#!/bin/sh
python job.py &
"""
SRUN = """#!/bin/sh
for rank in 0 1; do SLURM_PROCID=$rank "$@" || exit; done
"""


def blocks(kind, word):
    found = [text for of, text in BLOCKS if of == kind and word in text]
    assert found, (kind, word)
    return found[0]


@pytest.fixture
def place(tmp_path, exe_path, monkeypatch):
    """The apps, and a PATH on which ours and this interpreter's commands are."""
    for source in HERE.glob("*.py"):
        shutil.copy(source, tmp_path)
    (tmp_path / "suite.py").rename(tmp_path / "test_shop.py")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "solvidia-mem-prof").symlink_to(exe_path)
    write(tools / "srun", SRUN)
    write(tmp_path / "start-daemon", DAEMON)
    bin_of_python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{tools}:{bin_of_python}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TASKS_FOLDER", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text):
    path.write_text(text)
    path.chmod(0o755)


def argv(line):
    return shlex.split(line.replace("8000", "0"))


def outfile(line):
    return re.search(r"(?:-o|--outfile) (\S+)", line)[1].strip('"')


@pytest.mark.parametrize("line", SERVERS, ids=lambda line: line.split()[3])
def test_server(place, line):
    for module in ("gunicorn", "uvicorn", "flask", "django"):
        pytest.importorskip(module)
    with Service(argv(line), place) as service:
        assert sum(load(service.port(), ["/python"] * 20).values()) == 20
        assert service.stop(signal.SIGINT, group=True) == 0
    assert "python_work" in Profile(place / outfile(line)).functions(".py")


def below(pid):
    """Every process that this one has started, and those of these."""
    lines = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return below_of(pid, [tuple(map(int, line.split())) for line in lines])


def below_of(pid, pairs):
    found = [child for child, parent in pairs if parent == pid]
    return found + [deep for child in found for deep in below_of(child, pairs)]


def test_celery(place):
    pytest.importorskip("celery")
    for folder in ("queue", "control", "results"):
        (place / folder).mkdir()
    line = next(line for line in LINES if " celery " in line)
    with Service(argv(line), place) as service:
        # The command, its four workers, and what watches for signals beside it.
        service.wait_for(lambda: len(below(service.process.pid)) >= 6, "four workers")
        assert service.stop() == 0
    assert len(Profile(place / outfile(line)).processes()) == 5


@pytest.mark.parametrize(
    "word, source", [("--follow", "job.py"), ("pytest", "test_shop.py")]
)
def test_command(place, word, source):
    line = next(line for line in LINES if word in line)
    done = subprocess.run(argv(line), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    assert Profile(place / outfile(line)).file(source)


def test_docker_command(place):
    """As PID 1 of its namespace, stopped as a container is."""
    pytest.importorskip("gunicorn")
    if not needs.pid_namespace():
        pytest.skip("no PID namespace can be made here")
    block = blocks("dockerfile", "CMD")
    command = json.loads(re.search(r"^CMD (\[.*\])$", block, re.MULTILINE)[1])
    command = [a.replace("/profiles/", f"{place}/").replace("8000", "0") for a in command]
    command = [a.replace("0.0.0.0", "127.0.0.1") for a in command]
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    with Service([*unshare, *command], place) as service:
        assert sum(load(service.port(), ["/python"] * 20).values()) == 20
        children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGTERM)
        assert service.process.wait(60) == 0
    host = os.uname().nodename.partition(".")[0]
    profile = Profile(place / f"{host}.json")
    assert len(profile.processes()) == 5
    assert "python_work" in profile.functions("shop.py")


def test_docker_attach(place):
    """The command as it was, with a variable; attached to from within."""
    pytest.importorskip("gunicorn")
    if not needs.pid_namespace() or not shutil.which("nsenter"):
        pytest.skip("no PID namespace can be made here")
    if not (package.folder().parent / "solvidia_mem_prof.pth").exists():
        pytest.skip("the package is not installed from a wheel")
    block = blocks("dockerfile", "ENV SMP")
    name, value = re.search(r"^ENV (\w+)=(\w+)$", block, re.MULTILINE).groups()
    command = json.loads(re.search(r"^CMD (\[.*\])$", block, re.MULTILINE)[1])
    command = [a.replace("0.0.0.0:8000", "127.0.0.1:0") for a in command]
    line = next(x for x in blocks("console", "exec web").splitlines() if "-o" in x)
    words = shlex.split(line.replace("/tmp/", f"{place}/").replace("30", "3"))[4:]
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    with Service([*unshare, *command], place, env={name: value}) as service:
        port = service.port()
        children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
        first = children.read_text().strip()
        enter = ["nsenter", "--target", first, "--pid", "--mount", "--wd=."]
        attach = subprocess.Popen([*enter, *words], stderr=subprocess.PIPE, text=True)
        assert sum(load(port, ["/python"] * 40).values()) == 40
        assert attach.wait(60) == 0, attach.communicate()
        attach.communicate()
        os.kill(int(first), signal.SIGTERM)
        assert service.process.wait(60) == 0
    profile = Profile(place / "now.json")
    assert len(profile.processes()) == 5
    assert "python_work" in profile.functions("shop.py")
    assert profile.json["alloc_bytes"] > 0


def test_systemd_unit(place):
    """Every way to stop it, see test_services_signals.py."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    unit = blocks("ini", "ExecStart")
    true = shutil.which("true")
    unit = re.sub(r"/srv/app/\.venv/bin/\S+", true, unit).replace("/srv/app", "/")
    (place / "shop.service").write_text(unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", "./shop.service"], capture_output=True, text=True
    )
    mine = [line for line in done.stderr.splitlines() if "shop.service" in line]
    assert done.returncode == 0 and mine == [], done


def test_gate_of_a_build(place):
    """The runs of the workflow: equal programs pass, a slower one does not."""
    steps = re.findall(r"- run: (solvidia-mem-prof .*)", blocks("yaml", "compare"))
    assert len(steps) == 3
    base = place / "base"
    base.mkdir()
    work = "def work(n):\n    return sum(i * i for i in range(n))\nwork({})\n"
    (base / "bench.py").write_text(work.format(3_000_000))
    codes = []
    for size in (3_000_000, 30_000_000):  # a busy machine makes twice of once
        (place / "bench.py").write_text(work.format(size))
        for step in steps:
            line = step.replace("../base", str(base)).replace("--threshold 20", "--threshold 200")
            done = subprocess.run(shlex.split(line), capture_output=True, text=True)
        codes.append(done.returncode)
    assert codes == [0, 1], done


def test_ranks(place):
    script = blocks("bash", "SBATCH")
    (place / "job.sh").write_text(script)
    done = subprocess.run(["bash", "job.sh"], capture_output=True, text=True)
    assert done.returncode == 0, done
    for rank in "01":
        assert Profile(place / f"profile-{rank}.json").file("job.py")
    assert "-n 4 solvidia-mem-prof --json" in blocks("bash", "mpirun")


def test_pycharm(place):
    root = xml.etree.ElementTree.fromstring(blocks("xml", "PARAMETERS"))
    options = {o.get("name"): o.get("value") for o in root.iter("option")}
    assert options["SCRIPT_NAME"] == "solvidia-mem-prof"
    done = subprocess.run(["solvidia-mem-prof", *shlex.split(options["PARAMETERS"])])
    assert done.returncode == 0
    assert "<html" in (place / "profile.html").read_text()[:200]
