"""What the benchmarks share: a venv, timed runs, statistics, results.

Standard library only. Everything that is installed goes into a venv of the
bench's own (build/bench-venv), never into the project.
"""

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PROGRAMS = ROOT / "bench" / "programs"
# CPU time of the command alone, children included, as bash's `times` has it,
# and its wall-clock time; a profiler around bash is in neither.
TIMED = """
begin=$EPOCHREALTIME
"$@" >/dev/null 2>"$SMP_BENCH_FILE.err" </dev/null
code=$?
end=$EPOCHREALTIME
{ echo $begin $end; times; } > "$SMP_BENCH_FILE"
exit $code
"""


def arguments(description, **defaults):
    """Options that every benchmark has, and its own with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--python", default=shutil.which("python3"))
    parser.add_argument("--exe", default=os.environ.get("SMP_EXE", "solvidia-mem-prof"))
    parser.add_argument("--venv", default=str(ROOT / "build" / "bench-venv"))
    for name, default in defaults.items():
        kind = type(default)
        parser.add_argument("--" + name.replace("_", "-"), type=kind, default=default)
    options = parser.parse_args()
    options.exe = shutil.which(options.exe) or sys.exit(
        f"{options.exe}: not found; install the profiler or set SMP_EXE"
    )
    return options


def venv(options, packages):
    """The bench's venv with these packages in it; its python."""
    python = Path(options.venv) / "bin" / "python"
    if not python.exists():
        subprocess.run([options.python, "-m", "venv", options.venv], check=True)
    asked = [name.partition("==")[0] for name in packages]
    probe = "import importlib.metadata as m, sys; [m.version(n) for n in sys.argv[1:]]"
    if subprocess.run([python, "-c", probe, *asked], capture_output=True).returncode:
        pip = [python, "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(pip, check=True)
    return str(python)


class Run:
    """One timed run: seconds of CPU and of wall-clock, exit code."""

    def __init__(self, cpu_s, wall_s, code, usage=None):
        self.cpu_s, self.wall_s, self.code, self.usage = cpu_s, wall_s, code, usage


def timed(argv, wrap=lambda argv: argv, env=None):
    """Runs it through bash, which tells its CPU and wall-clock time.

    `wrap` puts a profiler around the whole; its own time is not in the figures
    but in `usage`, the rusage of everything together.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "times")
        variables = {**os.environ, **(env or {}), "SMP_BENCH_FILE": path}
        command = wrap(["bash", "-c", TIMED, "bash", *argv])
        with open(os.devnull, "r+") as null:
            process = subprocess.Popen(command, env=variables, stdin=null, stdout=null)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            with open(path + ".err") as file:
                sys.stderr.write(file.read())
        return parse(open(path).read(), process.returncode, usage)


def parse(text, code, usage):
    clock, _, children = text.splitlines()
    begin, end = map(float, clock.split())
    return Run(sum(map(seconds, children.split())), end - begin, code, usage)


def seconds(text):
    """'1m2.345s' as 62.345."""
    minutes, _, rest = text.rstrip("s").partition("m")
    return 60 * int(minutes) + float(rest)


def profiled(options, profile, *more):
    """A wrap for `timed`: our launcher around the command."""
    head = [options.exe, "--json", "--outfile", str(profile), *more, "---"]
    return lambda argv: head + argv


def ledger(path):
    with open(path, "rb") as file:
        return json.load(file)["ledger"]


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def machine():
    model = "unknown"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "load": os.getloadavg()[0],
    }


def versions(options):
    ask = "import platform; print(platform.python_version())"
    python = subprocess.check_output([options.python, "-c", ask], text=True).strip()
    exe = subprocess.check_output([options.exe, "--version"], text=True).strip()
    return {"python": python, "profiler": exe}


def table(heads, rows):
    """A markdown table."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [heads, *rows]]
    lines.insert(1, "|" + "---|" * len(heads))
    return "\n".join(lines)


def publish(name, options, figures, text):
    """Writes results/<name>.json and .md, and prints the latter."""
    RESULTS.mkdir(exist_ok=True)
    about = {"machine": machine(), **versions(options)}
    data = {"benchmark": name, **about, "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")
    where = f"{about['machine']['cpu']}, {about['machine']['cpus']} CPUs"
    head = f"{where}; Python {about['python']}; {about['profiler']}\n\n"
    (RESULTS / f"{name}.md").write_text(head + text + "\n")
    print(head + text)
