"""Hundreds of kills at random instants: each must leave a profile that can be read.

    python3 bench/killed.py [--tool PATH] [--python PATH] [--rounds 200] [--seed 1]

In turns the program is killed (SIGKILL, SIGSEGV, SIGABRT) and the profiler (SIGKILL).
A program whose profiler was killed must run on and end as it would have.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import setting
from measure import say

LONGEST_S = 2.0
OLDEST_S = 5.0  # what may be missing of a run whose profiler was killed
PROGRAM = f"""
import os, sys, threading, time
sys.stdout.write("%d\\n" % os.getpid()); sys.stdout.flush()
kept = []
def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        kept.append(bytes(5000)); sum(range(2000)); del kept[:-100]
def child():
    pid = os.fork()
    if not pid:
        work(0.05); os._exit(0)
    os.waitpid(pid, 0)
thread = threading.Thread(target=work, args=({LONGEST_S},))
thread.start()
for _ in range(10):
    work({LONGEST_S} / 12); child()
thread.join()
print("whole")
"""


class Wrong(Exception):
    pass


def start(chosen, folder):
    argv = [chosen.tool, "-o", "p.json", "--python", chosen.python, "prog.py"]
    run = subprocess.Popen(argv, cwd=folder, stdout=-1, stderr=-1, text=True)
    return run, int(run.stdout.readline())


def profile_of(folder, seconds):
    path, end = os.path.join(folder, "p.json"), time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open(path) as file:
                return json.load(file)
        except FileNotFoundError:
            time.sleep(0.02)
    raise Wrong("no profile")


def kill_program(chosen, folder, after, number):
    run, pid = start(chosen, folder)
    time.sleep(after)
    os.kill(pid, number)
    out, said = run.communicate(timeout=60)
    if run.returncode != -number:
        raise Wrong(f"ended with {run.returncode}, not {-number}: {said}")
    profile = profile_of(folder, 0.1)
    if profile["exit_status"] != -number or profile["elapsed_time_sec"] < after - 0.2:
        raise Wrong(f"{profile['exit_status']} after {profile['elapsed_time_sec']} s")


def kill_profiler(chosen, folder, after, _):
    run, _ = start(chosen, folder)
    time.sleep(after)
    run.kill()
    profile = profile_of(folder, 10)
    out, said = run.communicate(timeout=60)  # until the program closes its stdout
    if out != "whole\n":
        raise Wrong(f"the program said {out!r}, {said!r}")
    if not profile["running"] or profile["elapsed_time_sec"] < after - OLDEST_S:
        raise Wrong(f"{profile['elapsed_time_sec']} s of {after}")


def one(chosen, at_random, n):
    after = at_random.uniform(0, LONGEST_S)
    numbers = [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT]
    number = at_random.choice(numbers)
    kill = kill_profiler if n % 2 else kill_program
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "prog.py"), "w") as file:
            file.write(PROGRAM)
        try:
            kill(chosen, folder, after, number)
        except (Wrong, OSError, subprocess.TimeoutExpired, ValueError) as error:
            what = number.name if kill is kill_program else "SIGKILL"
            say(f"{kill.__name__} {what} after {after:.3f} s: {error}")
            return 0
    return 1


def main():
    parser = setting.options(__doc__.splitlines()[0], rounds=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = setting.parse(parser)
    at_random = random.Random(chosen.seed)
    whole = sum(one(chosen, at_random, n) for n in range(2 * chosen.rounds))
    print(f"{whole} of {2 * chosen.rounds} kills left a profile and a program as it was")
    sys.exit(whole < 2 * chosen.rounds)


if __name__ == "__main__":
    main()
