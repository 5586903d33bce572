"""What every bench is told: the profiler, the interpreter, where results go."""
import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys

from measure import HERE, say

ROOT = os.path.dirname(HERE)


def options(about, rounds):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--tool", default=find_tool(), help="the profiler to measure")
    parser.add_argument("--python", default=sys.executable,
                        help="the interpreter to measure it with")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench"),
                        help="folder for results and environments")
    return parser


def parse(parser):
    chosen = parser.parse_args()
    if not chosen.tool or not os.access(chosen.tool, os.X_OK):
        parser.error("no profiler found: install it, build it, or use --tool")
    chosen.tool = os.path.abspath(chosen.tool)
    chosen.version = python_version(chosen.python)
    os.makedirs(chosen.out, exist_ok=True)
    chosen.out = os.path.abspath(chosen.out)
    return chosen


def find_tool():
    built = os.path.join(ROOT, "build", "solvidia-mem-prof")
    return shutil.which("solvidia-mem-prof") or (built if os.path.exists(built) else None)


def python_version(python):
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.check_output([python, "-c", code], text=True).strip()


def environment(chosen, name, packages):
    """The python of a venv with these packages, made once."""
    folder = os.path.join(chosen.out, f"{name}-{chosen.version}")
    stamp, python = os.path.join(folder, "packages"), os.path.join(folder, "bin", "python")
    wanted = "\n".join(packages)
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        say(f"making {folder}")
        subprocess.check_call([chosen.python, "-m", "venv", "--clear", folder])
        subprocess.check_call([python, "-m", "pip", "-q", "install", *packages],
                              stdout=sys.stderr)
        with open(stamp, "w") as file:
            file.write(wanted)
    return python


def profiled(chosen, python, profile, *more):
    """The words before the program's own: profiled, with the profile as JSON."""
    return [chosen.tool, "--json", "--outfile", profile, "--python", python, *more]


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file
                      if line.startswith("model name")), "?")
    return {"cpus": os.cpu_count(), "model": model, "kernel": os.uname().release,
            "arch": os.uname().machine}


def commit():
    try:
        return subprocess.check_output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
                                       text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        return "?"


def keep(chosen, name, result, text):
    """Writes NAME-VERSION.json and .md, and prints the latter."""
    at = machine()
    result = {"bench": name, "python": chosen.version, "commit": commit(),
              "date": datetime.date.today().isoformat(), "machine": at,
              "load_average": os.getloadavg(), **result}
    base = os.path.join(chosen.out, f"{name}-{chosen.version}")
    head = (f"Python {chosen.version}, {at['cpus']} cores {at['model']}, Linux "
            f"{at['kernel']}, {result['date']}, commit {result['commit']}, load "
            f"average at the end {os.getloadavg()[0]:.1f}.\n\n")
    with open(base + ".json", "w") as file:
        json.dump(result, file, indent=1)
    with open(base + ".md", "w") as file:
        file.write(head + text)
    print(head + text)
