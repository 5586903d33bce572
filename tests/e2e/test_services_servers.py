"""uvicorn, Flask and Django with workers and reloaders, and Celery: as bare, and
each process in the one profile."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.profile import Profile  # noqa: E402
from support.service import Service, command, fetch, load  # noqa: E402

HERE = Path(__file__).with_name("services")


@pytest.fixture
def start(tmp_path, exe_path):
    """Starts a command in a folder with the apps, profiled; ends it at the end."""
    started = []

    def begin(*argv, env=None):
        for app in HERE.glob("*.py"):
            shutil.copy(app, tmp_path)
        service = Service([str(a) for a in argv], tmp_path, exe_path, env=env)
        started.append(service)
        return service

    yield begin
    for service in started:
        service.__exit__()


def processes(service, work):
    """Its processes, of which those that did the work come first."""
    profile = Profile(service.profile)
    assert profile.functions(work[0])[work[1]] > 0
    assert all(p["recording"] == "recorded" for p in profile.json["processes"])
    return profile.json["processes"]


def test_uvicorn_workers(start):
    pytest.importorskip("uvicorn")
    service = start(
        command("uvicorn"), "--workers", "2", "--port", "0", "--no-access-log", "asgi:app"
    )
    port = service.port()
    answers = load(port, ["/python", "/native"] * 100)
    assert sorted(answers.values()) == [100, 100]
    assert service.stop() == 0
    assert "Traceback" not in service.text()
    found = processes(service, ("asgi.py", "python_work"))
    workers = [p for p in found if p["name"] == "multiprocessing worker (spawn)"]
    assert len(workers) == 2 and all(w["cpu_s"] > 0 for w in map(with_cpu, workers))


def with_cpu(process):
    kinds = ("python", "native", "system")
    return {**process, "cpu_s": sum(process[f"cpu_{k}_s"] for k in kinds)}


def reload_once(service, source):
    """Asks, changes the source, and asks the new process."""
    port = service.port()
    first = fetch(port, "/pid")[1]
    load(port, ["/python"] * 30)
    os.utime(source, (2e9, 2e9))

    def changed():
        try:
            return fetch(service.port(), "/pid")[1] not in (first, "")
        except OSError:
            return False

    service.wait_for(changed, "the new process")
    load(service.port(), ["/python"] * 30)


def test_flask_reloader(start, tmp_path):
    pytest.importorskip("flask")
    service = start(command("flask"), "--app", "shop", "run", "--debug", "--port", "0")
    reload_once(service, tmp_path / "shop.py")
    assert service.stop(signal.SIGINT, group=True) == 0
    found = processes(service, ("shop.py", "python_work"))
    assert [p["parent"] for p in found] == [None, 0, 0]
    assert found[1]["exit_status"] == 3 # its way to ask for a new one
    assert all(p["cpu_python_s"] > 0 for p in found)


def test_django_reloader(start, tmp_path):
    pytest.importorskip("django")
    service = start(sys.executable, "-u", "manage.py", "runserver", "127.0.0.1:0")
    reload_once(service, tmp_path / "manage.py")
    assert service.stop(signal.SIGINT, group=True) == 0
    found = processes(service, ("manage.py", "python_work"))
    assert len(found) == 3 and found[1]["exit_status"] == 3


FEED = """
import tasks
results = [tasks.python_work.delay() for _ in range(40)]
print(len({r.get(timeout=60) for r in results}))
"""


def test_celery_prefork(start, tmp_path):
    pytest.importorskip("celery")
    for folder in ("queue", "control", "results"):
        (tmp_path / folder).mkdir()
    env = {"TASKS_FOLDER": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    argv = ["celery", "-A", "tasks", "worker", "-c", "2", "--without-mingle"]
    service = start(command(argv[0]), *argv[1:], "--without-gossip", env=env)
    done = subprocess.run(
        [sys.executable, "-c", FEED],
        cwd=tmp_path,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "2\n", (done, service.text())
    assert service.stop(signal.SIGTERM, group=False) == 0
    assert "Warm shutdown" in service.text()
    assert "terminate all running" not in service.text()
    found = processes(service, ("tasks.py", "python_work"))
    main, *workers = found
    assert len(workers) == 2 and all(w["parent"] == 0 for w in workers)
    assert all(w["cpu_python_s"] > 0.05 for w in workers)
    assert {w["exit_status"] for w in workers} == {0}
