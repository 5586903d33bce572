"""CPU time that profiling adds to pyperformance programs, at the default rate:
time alone (--cpu-only), and time and memory (the default run).

    python3 bench/cpu.py [--tool PATH] [--python PATH] [--rounds 10] [--times 1]
"""
import os
import random
import tempfile

import measure
import programs
import setting

# again: bare once more, the noise floor
OPTIONS = {"bare": None, "cpu": ["--cpu-only"], "full": [], "again": None}
KINDS = list(OPTIONS)


def one(chosen, python, words, kind):
    if OPTIONS[kind] is None:
        return measure.run_target([python], words)
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "profile.json")
        run = measure.run_target(setting.profiled(chosen, python, profile, *OPTIONS[kind]), words)
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
    ledgers = [(run["ledger"], run) for run in runs["full"]]
    return {
        "bare_cpu_s": min(cpu(run) for run in runs["bare"]),
        **{kind: compare(runs, kind, cpu) for kind in KINDS[1:]},
        "samples": measure.median([l["samples_taken"] for l, _ in ledgers]),
        "allocations": measure.median([l["allocations_sampled"] for l, _ in ledgers]),
        "lost": sum(l["samples_lost"] + l["allocations_lost"] for l, _ in ledgers),
        "recorder_share": measure.median([l["recorder_cpu_s"] / cpu(r) for l, r in ledgers]),
        "collector_share": measure.median([l["collector_cpu_s"] / cpu(r) for l, r in ledgers]),
        "cpu_s": {kind: [cpu(run) for run in runs[kind]] for kind in KINDS},
    }


def summary(found):
    return {kind: {how: measure.geometric_mean([f[kind][how] for f in found.values()])
                   for how in ("minima", "pairs")} for kind in KINDS[1:]}


def markdown(found, whole):
    def cells(f):
        return [measure.percent(f[kind][how])
                for kind in KINDS[1:] for how in ("minima", "pairs")]
    rows = [[name, f"{f['bare_cpu_s']:.2f}", *cells(f), f"{f['samples']:.0f}",
             f"{f['allocations']:.0f}", f"{f['recorder_share'] * 100:.2f} %",
             f"{f['collector_share'] * 100:.1f} %"] for name, f in found.items()]
    rows.append(["**geometric mean**", "", *cells(whole), "", "", "", ""])
    return measure.table(
        ["program", "bare CPU s", "time: minima", "pairs", "time and memory: minima",
         "pairs", "noise: minima", "pairs", "samples", "allocations",
         "in the program", "collector"], rows)


def main():
    parser = setting.options(__doc__.splitlines()[0], rounds=10)
    parser.add_argument("--only", default="", help="programs, by comma")
    parser.add_argument("--times", type=int, default=1, help="as long")
    chosen = setting.parse(parser)
    python = setting.environment(chosen, "pyperformance", programs.PACKAGES)
    where, found = programs.folder(python), {}
    for name in chosen.only.split(",") if chosen.only else programs.PROGRAMS:
        found[name] = reduce(rounds(chosen, python, programs.words(where, name, chosen.times)))
        measure.say(f"{name}: {measure.percent(found[name]['full']['minima'])}")
    whole = summary(found)
    setting.keep(chosen, "cpu", {"rounds": chosen.rounds, "programs": found,
                                 "geometric_mean": whole}, markdown(found, whole))


if __name__ == "__main__":
    main()
