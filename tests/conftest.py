"""What every Python test shares: the profiler under test, and how to run it.

SMP_EXE names the executable (default: solvidia-mem-prof from PATH).
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import pythons  # noqa: E402

# A background job of a shell ignores these, and its children inherit that: then
# programs do not end as they do for people.
for number in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

# Variables of the outside that change what a report looks like.
LOOKS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "COLORTERM", "LC_ALL")


def pytest_addoption(parser):
    parser.addoption(
        "--quick", action="store_true", help="slow tests on the newest interpreter only"
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--quick"):
        return
    newest = max(python.version for python in pythons.find())
    left_out = [
        item
        for item in items
        if item.get_closest_marker("slow")
        and item.callspec.params["python"].version != newest
    ]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


class Tool:
    """The executable, run in a directory of the test's own."""

    def __init__(self, path, directory):
        self.path = path
        self.directory = directory

    def run(self, *arguments, env=None, stdin="", cwd=None, **more):
        variables = {k: v for k, v in os.environ.items() if k not in LOOKS}
        variables.update({"LC_ALL": "C.UTF-8", **(env or {})})
        return subprocess.run(
            [self.path, *map(str, arguments)],
            cwd=cwd or self.directory,
            env=variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            **more,
        )

    def refuses(self, *arguments, code=2, **more):
        """Runs what must fail with one line; returns that line."""
        done = self.run(*arguments, **more)
        lines = done.stderr.splitlines()
        assert done.returncode == code, done
        assert lines and lines[-1].startswith("solvidia-mem-prof: "), done
        assert len(lines) == 1 and "Traceback" not in done.stderr, done
        assert done.stdout == "", done
        return lines[0].partition(": ")[2]


@pytest.fixture(scope="session")
def exe_path():
    path = shutil.which(os.environ.get("SMP_EXE", "solvidia-mem-prof"))
    if path is None:
        pytest.skip("no profiler: set SMP_EXE")
    return path


@pytest.fixture
def smp(exe_path, tmp_path):
    return Tool(exe_path, tmp_path)


@pytest.fixture
def hello(tmp_path):
    """A program of one line, hello.py."""
    path = tmp_path / "hello.py"
    path.write_text("import sys; print('hello', *sys.argv[1:])\n")
    return path
