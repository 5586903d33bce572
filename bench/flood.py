"""A flood of the recorder's own timer signal: crashes, bad reads, impossible
stacks. The same as the slow test, with a count of one's own."""

import subprocess
import sys

import common


def main():
    options = common.arguments(__doc__, count=500_000)
    sys.path[:0] = [str(common.ROOT / "tests"), str(common.ROOT / "tests" / "e2e")]
    import tempfile
    from pathlib import Path

    import test_behaviour_flood as test
    from support import checks, pythons

    rows, figures = [], {}
    for python in pythons.find():
        with tempfile.TemporaryDirectory(prefix="smp") as name:
            sent, profile = test.run(options.exe, python, Path(name), options.count)
        callers = {"leaf_a": "hot_a.<locals>.<lambda>", "leaf_b": "hot_b"}
        checks.flutter_pairs(profile, callers)
        ledger = figures[python.name] = profile.ledger
        row = [python.name, sent, ledger["samples_taken"], ledger["samples_lost"]]
        rows.append([*row, ledger["samples_unreadable"], 0, 0])
    heads = ["Python", "signals", "samples", "lost", "refused", "impossible stacks", "crashes"]
    common.publish("flood", options, figures, common.table(heads, rows))


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, subprocess.SubprocessError) as error:
        sys.exit(f"the flood did harm: {error}")
