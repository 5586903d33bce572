"""Time from a program's end to the report's end, with 10,000 distinct stacks.

    python3 bench/ending.py [--tool PATH] [--python PATH] [--rounds 1]

A run takes a minute: at 250 samples a second 10,000 stacks need that.
"""
import os
import tempfile

import measure
import setting

PATHS = 12000
WORK = os.path.join(measure.HERE, "workloads", "stacks.py")
REPORTS = {"text": ["--cli", "--stacks"], "JSON": ["--json"]}


def one(chosen, options, folder):
    out = os.path.join(folder, "report")
    run = measure.run_target([chosen.tool, *options, "--outfile", out, "--python",
                              chosen.python], [WORK, str(PATHS)])
    return {"seconds": run["start"] + run["wall_s"] - run["target"]["ended"],
            "bytes": os.path.getsize(out), "out": out}


def main():
    chosen = setting.parse(setting.options(__doc__.splitlines()[0], rounds=1))
    found = {}
    for name, options in REPORTS.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = [one(chosen, options, folder) for _ in range(chosen.rounds)]
            if name == "JSON":
                profile = measure.read_json(runs[-1]["out"])
                stacks = len(set(profile["facts"]["samples"]["stack"]))
                ledger = profile["ledger"]
        found[name] = runs
        measure.say(f"{name}: {runs[-1]['seconds']:.3f} s")
    rows = [[name, f"{min(r['seconds'] for r in runs):.3f}", runs[0]["bytes"]]
            for name, runs in found.items()]
    text = measure.table(["report", "s after the program's end", "bytes"], rows)
    text += (f"\n{stacks:,} distinct stacks, {ledger['samples_taken']:,} samples; collector "
             f"{ledger['collector_cpu_s']:.2f} s of CPU, peak "
             f"{ledger['collector_rss_bytes'] / 2**20:.1f} MiB.\n")
    setting.keep(chosen, "ending", {"reports": found, "stacks": stacks,
                                    "ledger": ledger}, text)


if __name__ == "__main__":
    main()
