"""Memory that the recorder adds to the process, and whether it grows."""

import json
import subprocess
import tempfile
from pathlib import Path

import common


def run(options, directory, wrap):
    out = Path(directory) / "resident.json"
    argv = [options.python, str(common.PROGRAMS / "resident.py"), str(options.seconds), str(out)]
    subprocess.run(wrap(argv), check=True)
    return json.loads(out.read_text())


def main():
    options = common.arguments(__doc__, seconds=30.0)
    with tempfile.TemporaryDirectory() as directory:
        profile = Path(directory) / "profile.json"
        bare = run(options, directory, lambda argv: argv)
        ours = run(options, directory, common.profiled(options, profile))
        collector = common.ledger(profile)["collector_rss_bytes"] / 1024
    rows = []
    for name, field in (("resident", "VmRSS"), ("peak", "VmHWM"), ("address space", "VmSize")):
        a, b = bare[-1][field], ours[-1][field]
        rows.append([name, f"{a / 1024:.1f}", f"{b / 1024:.1f}", f"{(b - a) / 1024:.1f}"])
    grown = (ours[-1]["VmRSS"] - ours[len(ours) // 2]["VmRSS"]) / 1024
    text = common.table(["MiB", "bare", "profiled", "added"], rows)
    text += f"\n\nGrown in the second half of {options.seconds:.0f} s: {grown:.2f} MiB."
    text += f" The collector's peak: {collector / 1024:.1f} MiB."
    figures = {"bare_kib": bare, "ours_kib": ours, "collector_kib": collector}
    common.publish("memory", options, figures, text)


if __name__ == "__main__":
    main()
