"""Runs commands and reduces what was measured: the method of every bench here."""
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "target.py")
ENVIRONMENT = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")


class Failed(Exception):
    """A command that did not do its work: its figures mean nothing."""


def run(command, cwd=None, timeout=900):
    """Seconds from start to end, and CPU seconds with all descendants."""
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                   stderr=said, env=ENVIRONMENT, cwd=cwd)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode:
        raise Failed(f"exit {process.returncode}: {command}\n{text[-2000:]}")
    return {"wall_s": wall, "tree_cpu_s": used.ru_utime + used.ru_stime,
            "said": text, "start": start}


def run_target(prefix, arguments, cwd=None):
    """Runs `prefix... target.py RESULT arguments...` and adds what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "result.json")
        whole = run([*prefix, TARGET, result, *arguments], cwd)
        with open(result) as file:
            whole["target"] = json.load(file)
    return whole


def read_json(path):
    with open(path) as file:
        return json.load(file)


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def median(values):
    return statistics.median(values)


def percent(ratio):
    """1.0123 becomes '+1.23 %'."""
    return f"{(ratio - 1) * 100:+.2f} %"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def say(text):
    print(text, file=sys.stderr, flush=True)
