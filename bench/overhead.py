"""CPU time that the recorder adds to programs of pyperformance.

Bare and profiled runs alternate in one session; each program does the same
work every time. A second bare run in each round shows the noise.
"""

import statistics
import tempfile
from pathlib import Path

import common
import pyperformance_programs as programs


def one_round(python, name, loops, wrap, turn):
    """(bare, profiled, bare again), in an order that changes with the turn."""
    argv = programs.command(python, name, loops)
    kinds = [("bare", None), ("ours", wrap), ("again", None)]
    if turn % 2:
        kinds.reverse()
    runs = {k: common.timed(argv, w) if w else common.timed(argv) for k, w in kinds}
    assert not any(run.code for run in runs.values()), name
    return runs


def measure(options, python, name, directory):
    loops = programs.calibrate(python, name, options.seconds, common.timed)
    profile = Path(directory) / "profile.json"
    wrap = common.profiled(options, profile)
    rounds = [one_round(python, name, loops, wrap, n) for n in range(options.rounds)]
    cpu = {kind: [r[kind].cpu_s for r in rounds] for kind in ("bare", "ours", "again")}
    middle = {kind: statistics.median(values) for kind, values in cpu.items()}
    least = {kind: min(values) for kind, values in cpu.items()}
    bare = min(least["bare"], least["again"])
    ledger = common.ledger(profile)
    return {
        "program": name,
        "loops": loops,
        "bare_s": middle["bare"],
        "ratio": middle["ours"] / statistics.median(cpu["bare"] + cpu["again"]),
        "ratio_of_minima": least["ours"] / bare,
        "noise": middle["again"] / middle["bare"],
        "recorder_share": ledger["recorder_cpu_s"] / middle["ours"],
        "collector_share": ledger["collector_cpu_s"] / middle["ours"],
        "samples": ledger["samples_taken"],
        "lost": ledger["samples_lost"],
    }


def report(rows):
    heads = ["program", "bare s", "profiled / bare", "of minima", "bare / bare",
             "in handlers %", "collector %", "samples", "lost"]
    shown = [
        [
            r["program"], f"{r['bare_s']:.2f}", f"{r['ratio']:.4f}",
            f"{r['ratio_of_minima']:.4f}", f"{r['noise']:.4f}",
            f"{100 * r['recorder_share']:.2f}", f"{100 * r['collector_share']:.2f}",
            r["samples"], r["lost"],
        ]
        for r in rows
    ]
    means = [common.geometric_mean(r[k] for r in rows) for k in ("ratio", "ratio_of_minima", "noise")]
    shown.append(["geometric mean", "", *(f"{m:.4f}" for m in means), "", "", "", ""])
    return common.table(heads, shown)


def main():
    options = common.arguments(
        __doc__, rounds=7, seconds=3.0, programs=programs.DEFAULT
    )
    python = common.venv(options, programs.PACKAGES)
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for name in options.programs.split(","):
            rows.append(measure(options, python, name, directory))
            print(rows[-1], flush=True)
    common.publish("overhead", options, rows, report(rows))


if __name__ == "__main__":
    main()
