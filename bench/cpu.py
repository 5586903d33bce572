"""CPU time that profiling adds to pyperformance programs, at the default rate.

    python3 bench/cpu.py [--tool PATH] [--python PATH] [--rounds 10]
"""
import os
import random
import tempfile

import measure
import programs
import setting

KINDS = ("bare", "profiled", "again")  # again: bare once more, the noise floor


def one(chosen, python, words, kind):
    if kind != "profiled":
        return measure.run_target([python], words)
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "profile.json")
        run = measure.run_target(setting.profiled(chosen, python, profile), words)
        run["ledger"] = measure.read_json(profile)["ledger"]
    return run


def rounds(chosen, python, words):
    """All kinds in each round, in an order of its own: drift hits them alike."""
    runs = {kind: [] for kind in KINDS}
    order = random.Random(1)
    for _ in range(chosen.rounds):
        for kind in order.sample(KINDS, len(KINDS)):
            runs[kind].append(one(chosen, python, words, kind))
    return runs


def compare(runs, kind, figure):
    bare = [figure(run) for run in runs["bare"]]
    other = [figure(run) for run in runs[kind]]
    return {"minima": min(other) / min(bare),
            "pairs": measure.median([b / a for a, b in zip(bare, other)])}


def cpu(run):
    return run["target"]["cpu_s"]


def reduce(runs):
    ledgers = [(run["ledger"], run) for run in runs["profiled"]]
    return {
        "bare_cpu_s": min(cpu(run) for run in runs["bare"]),
        "added": compare(runs, "profiled", cpu),
        "noise": compare(runs, "again", cpu),
        "samples": measure.median([l["samples_taken"] for l, _ in ledgers]),
        "samples_lost": sum(l["samples_lost"] for l, _ in ledgers),
        "handler_share": measure.median([l["recorder_cpu_s"] / cpu(r) for l, r in ledgers]),
        "handler_us": 1e6 * measure.median(
            [l["recorder_cpu_s"] / max(1, l["samples_taken"]) for l, _ in ledgers]),
        "collector_share": measure.median([l["collector_cpu_s"] / cpu(r) for l, r in ledgers]),
        "cpu_s": {kind: [cpu(run) for run in runs[kind]] for kind in KINDS},
    }


def summary(found):
    def mean(which, how):
        return measure.geometric_mean([f[which][how] for f in found.values()])
    return {which: {how: mean(which, how) for how in ("minima", "pairs")}
            for which in ("added", "noise")}


def markdown(found, whole):
    p = measure.percent
    rows = [[name, f"{f['bare_cpu_s']:.2f}", p(f["added"]["minima"]),
             p(f["added"]["pairs"]), p(f["noise"]["minima"]), p(f["noise"]["pairs"]),
             f"{f['samples']:.0f}", f"{f['handler_us']:.1f}",
             f"{f['handler_share'] * 100:.2f} %", f"{f['collector_share'] * 100:.1f} %"]
            for name, f in found.items()]
    rows.append(["**geometric mean**", "", p(whole["added"]["minima"]),
                 p(whole["added"]["pairs"]), p(whole["noise"]["minima"]),
                 p(whole["noise"]["pairs"]), "", "", "", ""])
    return measure.table(
        ["program", "bare CPU s", "added (minima)", "added (median of pairs)",
         "noise (minima)", "noise (pairs)", "samples", "handler us a sample",
         "handler", "collector"], rows)


def main():
    parser = setting.options(__doc__.splitlines()[0], rounds=10)
    parser.add_argument("--only", default="", help="programs, by comma")
    chosen = setting.parse(parser)
    python = setting.environment(chosen, "pyperformance", programs.PACKAGES)
    where, found = programs.folder(python), {}
    for name in chosen.only.split(",") if chosen.only else programs.PROGRAMS:
        found[name] = reduce(rounds(chosen, python, programs.words(where, name)))
        measure.say(f"{name}: {measure.percent(found[name]['added']['minima'])}")
    whole = summary(found)
    setting.keep(chosen, "cpu", {"rounds": chosen.rounds, "programs": found,
                                 "geometric_mean": whole}, markdown(found, whole))


if __name__ == "__main__":
    main()
