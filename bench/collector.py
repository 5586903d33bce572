"""The collector: its CPU and memory beside programs of several kinds, and how
long the report takes.

Its CPU time is read from /proc while the program runs, not from the profile.
"""

import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import common


class Watch(threading.Thread):
    """Reads a process's CPU seconds and peak memory until it is gone."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.cpu_s, self.peak_kib = pid, [], 0

    def run(self):
        while True:
            try:
                ran = Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]
                status = Path(f"/proc/{self.pid}/status").read_text()
            except OSError:
                return
            if "VmHWM" not in status:
                return
            self.cpu_s.append((time.monotonic(), int(ran) / 1e9))
            self.peak_kib = int(status.split("VmHWM:")[1].split()[0])
            time.sleep(0.05)

    def until(self, end):
        """CPU seconds at that monotonic time."""
        return max((cpu for at, cpu in self.cpu_s if at <= end), default=0.0)


def run(options, directory, name, *arguments):
    """One profiled run: a dictionary of figures."""
    profile = Path(directory) / "profile.json"
    argv = [options.python, str(common.PROGRAMS / name), *map(str, arguments)]
    start = time.monotonic()
    process = subprocess.Popen(common.profiled(options, profile)(argv))
    watch = Watch(process.pid)
    watch.start()
    process.wait()
    total = time.monotonic() - start
    with open(profile, "rb") as file:
        data = json.load(file)
    elapsed = data["elapsed_time_sec"]
    return {
        "elapsed_s": elapsed,
        "after_s": total - elapsed,
        "collector_cpu_s": watch.until(start + elapsed),
        "collector_peak_mib": watch.peak_kib / 1024,
        "processes": len(data["processes"]),
        "threads": len(data["threads"]),
        "stacks": len(set(data["facts"]["samples"]["stack"])),
        "profile_mib": profile.stat().st_size / 2**20,
        "samples": data["ledger"]["samples_taken"],
        "lost": data["ledger"]["samples_lost"],
        "start": start,
    }


def main():
    options = common.arguments(__doc__, seconds=20.0, stacks=10000, hold=0.005)
    with tempfile.TemporaryDirectory() as directory:
        ended = Path(directory) / "ended"
        cases = {
            "two busy, 20 idle threads": ("mixed.py", options.seconds),
            "1,000 threads": ("threads.py", 1000),
            "200 processes": ("processes.py", 200),
            f"{options.stacks:,} stacks": ("stacks.py", options.stacks, options.hold, ended),
        }
        figures = {name: run(options, directory, *case) for name, case in cases.items()}
    rows = [
        [
            name, f"{f['elapsed_s']:.1f}",
            f"{100 * f['collector_cpu_s'] / f['elapsed_s']:.2f}",
            f"{f['collector_peak_mib']:.1f}", f"{f['after_s']:.2f}",
            f["processes"], f["threads"], f["stacks"], f["samples"], f["lost"],
            f"{f['profile_mib']:.1f}",
        ]
        for name, f in figures.items()
    ]
    heads = ["program", "elapsed s", "collector, % of a core", "peak MiB", "start and report s",
             "processes", "threads", "stacks", "samples", "lost", "profile MiB"]
    common.publish("collector", options, figures, common.table(heads, rows))


if __name__ == "__main__":
    main()
