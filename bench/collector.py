"""CPU time and memory of the collector while programs of all kinds run.

    python3 bench/collector.py [--tool PATH] [--python PATH] [--rounds 2]
"""
import os
import tempfile

import measure
import setting

WORKLOADS = {  # name: (script, arguments)
    "Python loop, 10 s": ("loop.py", ["10"]),
    "json, zlib, hashlib, 10 s": ("native.py", ["10"]),
    "numpy, 10 s": ("arrays.py", ["10"]),
    "200 processes": ("processes.py", ["200"]),
    "1,000 threads, 15 s": ("threads.py", ["1000", "15"]),
    "idle server, 50 threads, 15 s": ("idle.py", ["50", "15"]),
}


def one(chosen, python, script, arguments):
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "profile.json")
        path = os.path.join(measure.HERE, "workloads", script)
        measure.run([*setting.profiled(chosen, python, profile), path, *arguments])
        return figures(measure.read_json(profile))


def figures(profile):
    ledger = profile["ledger"]
    cpu = sum(profile[f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
    return {"elapsed_s": profile["elapsed_time_sec"], "program_cpu_s": cpu,
            "processes": len(profile["processes"]), "threads": len(profile["threads"]),
            **{key: ledger[key] for key in (
                "collector_cpu_s", "collector_rss_bytes", "recorder_cpu_s",
                "samples_taken", "samples_lost", "samples_unreadable",
                "native_unwound", "waits_read", "processes_unrecorded",
                "threads_unsampled")}}


def share(run):
    """Of a core while the program ran."""
    return run["collector_cpu_s"] / run["elapsed_s"]


def markdown(found):
    rows = []
    for name, runs in found.items():
        run = min(runs, key=share)
        rows.append([name, f"{run['elapsed_s']:.1f}", f"{run['program_cpu_s']:.1f}",
                     f"{share(run) * 100:.2f} %",
                     f"{run['collector_cpu_s'] / run['program_cpu_s'] * 100:.2f} %"
                     if run["program_cpu_s"] > 1 else "",
                     f"{run['collector_rss_bytes'] / 2**20:.1f}",
                     run["processes"], run["threads"], run["samples_taken"],
                     run["samples_lost"]])
    return measure.table(["program", "elapsed s", "its CPU s", "collector, of a core",
                          "collector, of its CPU", "collector's peak RSS, MiB",
                          "processes", "threads", "samples", "lost"], rows)


def main():
    chosen = setting.parse(setting.options(__doc__.splitlines()[0], rounds=2))
    python = setting.environment(chosen, "numpy", ["numpy"])
    found = {}
    for name, (script, arguments) in WORKLOADS.items():
        found[name] = [one(chosen, python, script, arguments)
                       for _ in range(chosen.rounds)]
        measure.say(f"{name}: {share(found[name][-1]) * 100:.2f} % of a core")
    setting.keep(chosen, "collector", {"workloads": found}, markdown(found))


if __name__ == "__main__":
    main()
