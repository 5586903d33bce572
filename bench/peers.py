"""This profiler beside others: what each costs, and how far from the truth it is.

    python3 bench/peers.py [--tool PATH] [--python PATH] [--rounds 5]
"""
import collections
import os
import statistics
import tempfile

import measure
import peer_tools
import programs
import setting
import truths

PROGRAMS = ("chaos", "html5lib", "json_dumps", "logging", "richards", "sympy_expand")


# ---- cost

def costs(tools, where, rounds):
    """program -> tool -> runs; each round runs all tools, bare first and last."""
    found = {}
    for name in PROGRAMS:
        words = programs.words(where, name)
        runs = found[name] = collections.defaultdict(list)
        for _ in range(rounds):
            runs["bare"].append(measure.run_target([tools[0].python], words))
            for tool in tools:
                runs[tool.name].append(cost(tool, words))
            runs["bare"].append(measure.run_target([tools[0].python], words))
        measure.say(f"{name} done")
    return found


def cost(tool, words):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return measure.run_target(
                tool.command(os.path.join(folder, "out" + tool.suffix)), words)
        except (measure.Failed, OSError) as failure:
            measure.say(f"{tool.name}: {failure}")
            return None


def least(runs, figure):
    values = [figure(run) for run in runs if run]
    return min(values) if values else None


FIGURES = {
    "program's CPU": lambda run: run["target"]["run_cpu_s"],
    "program's time": lambda run: run["target"]["run_wall_s"],
    "CPU of all": lambda run: run["tree_cpu_s"],
    "command's time": lambda run: run["wall_s"],
}


def slowdown(found, tool, figure):
    """Geometric mean and worst, of minima, over the programs that ran."""
    ratios = [least(runs[tool], figure) / least(runs["bare"], figure)
              for runs in found.values() if least(runs[tool], figure)]
    if not ratios:
        return None
    return measure.geometric_mean(ratios), max(ratios)


def cost_table(tools, found):
    rows = []
    for tool in tools:
        cells = []
        for figure in FIGURES.values():
            got = slowdown(found, tool.name, figure)
            cells.append(f"{got[0]:.2f} ({got[1]:.2f})" if got else "failed")
        rows.append([tool.name, *cells])
    return measure.table(["x times bare: mean (worst)", *FIGURES], rows)


# ---- truth

def own(stack, program):
    """The innermost frame in the program's own file."""
    for file, function, line in reversed(stack):
        if os.path.basename(file) == os.path.basename(program):
            return function.rpartition(".")[2], line
    return None


def below(stack, names):
    return next((name for _, name, _ in stack if name in names), None)


def weigh(samples, ask, source, program, names):
    """name -> weight, for what was asked."""
    marked, weights = truths.marks(source), collections.Counter()
    for stack, weight, kind in samples:
        if ask == "below":
            found = below(stack, names) if kind != "wait" else None
        else:
            at = own(stack, program)
            found = at and {"lines": marked.get(at[1]), "functions": at[0],
                            "native": kind,
                            "sleep": marked.get(at[1]) or at[0]}[ask]
            if kind == "wait" and ask != "sleep":
                found = None
        if found:
            weights[found] += weight
    return weights


def error(weights, ask, truth):
    """Points of per cent from the truth, the worst; for sleep seconds found."""
    if ask == "sleep":
        return weights["rest"]
    if ask == "native":
        whole = weights["python"] + weights["native"]  # the kernel's part is apart
        return 100 * abs(weights["native"] / whole - truth) if whole else None
    whole = sum(weights[name] for name in truth)
    if not whole:
        return None
    return 100 * max(abs(weights[name] / whole - share) for name, share in truth.items())


def can_tell(tool, ask):
    return (tool.lines or ask != "lines") and (tool.kinds or ask != "native") \
        and (tool.seconds or ask != "sleep")


def distance(tool, ask, source, truth, folder):
    program = os.path.join(folder, "program.py")
    out = os.path.join(folder, "out" + tool.suffix)
    with open(program, "w") as file:
        file.write(source)
    try:
        measure.run([*tool.command(out), program], cwd=folder)
        names = truth if isinstance(truth, dict) else ()
        weights = weigh(tool.read(out), ask, source, program, names)
    except (measure.Failed, OSError) as failure:
        measure.say(f"{tool.name}: {failure}")
        return "failed"
    return error(weights, ask, truth)


def distances(tools, rounds):
    found = {}
    for name, (source, ask, truth) in truths.TRUTHS.items():
        found[name] = {}
        for tool in tools:
            got = []
            for _ in range(rounds if can_tell(tool, ask) else 0):
                with tempfile.TemporaryDirectory() as folder:
                    got.append(distance(tool, ask, source, truth, folder))
            found[name][tool.name] = got
        measure.say(f"{name} done")
    return found


def show(name, values):
    numbers = [value for value in values if isinstance(value, (int, float))]
    if not values:
        return "cannot tell"
    if not numbers:
        return "failed" if "failed" in values else "nothing"
    middle = statistics.median(numbers)
    return f"{middle:.2f} s" if truths.TRUTHS[name][1] == "sleep" else f"{middle:.1f}"


def truth_table(tools, found):
    rows = [[tool.name, *(show(name, found[name][tool.name]) for name in found)]
            for tool in tools]
    return measure.table(["points from the truth", *found], rows)


def versions(python):
    text = measure.run([python, "-m", "pip", "list", "--format=freeze"])["said"]
    wanted = ("py-spy", "austin-dist", "pyinstrument", "scalene")
    return [line for line in text.split("\n") if line.lower().startswith(wanted)]


def main():
    parser = setting.options(__doc__.splitlines()[0], rounds=5)
    parser.add_argument("--truth-rounds", type=int, default=3)
    chosen = setting.parse(parser)
    python = setting.environment(chosen, "peers",
                                 programs.PACKAGES + peer_tools.PACKAGES)
    tools = [make(chosen, python) for make in peer_tools.TOOLS]
    truth = distances(tools, chosen.truth_rounds)
    found = costs(tools, programs.folder(python), chosen.rounds)
    text = (f"{', '.join(versions(python))}; all at their own default rates.\n\n"
            f"Cost on {', '.join(PROGRAMS)} ({chosen.rounds} rounds, minima):\n\n"
            + cost_table(tools, found) + "\nTruth (median of "
            f"{chosen.truth_rounds} runs):\n\n" + truth_table(tools, truth))
    setting.keep(chosen, "peers", {"costs": found, "truth": truth,
                                   "versions": versions(python)}, text)


if __name__ == "__main__":
    main()
