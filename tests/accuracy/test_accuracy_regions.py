"""A region's wall clock is what the program itself measures around it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from accuracy import measuring  # noqa: E402
from support import package, tool  # noqa: E402

TOLERANCE = 0.01
# Half of the regions must be so near: where another program comes between a clock
# and the region's, its turn is in the difference.
# 1,000 of up to 100 ms take a minute; the arithmetic is the same for fewer.
SHORT = (1, 20, 150)
WHOLE = (1, 100, 1000)


def totals(python, folder, size):
    program = measuring.PROGRAMS / "regions.py"
    package.install(folder / "package")
    words = [*map(str, size)]
    argv = tool.command(
        tool.executable(), python.path, ["{prog}", *words], folder / "p.json", str(program)
    )
    done = subprocess.run(
        argv,
        env={**os.environ, "PYTHONPATH": str(folder / "package")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    regions = json.loads((folder / "p.json").read_text())["regions"]
    return json.loads(done.stdout.splitlines()[0]), {r["name"]: r for r in regions}


@pytest.mark.parametrize("size", [SHORT, pytest.param(WHOLE, marks=pytest.mark.slow)])
def test_totals(python, tmp_path, size, request):
    if tool.executable() in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")
    if size == WHOLE and not request.config.getoption("--errors"):
        pytest.skip("with --errors")
    truth, regions = totals(python, tmp_path, size)
    assert set(truth) == set(regions)
    near = 0
    for name, it in truth.items():
        r, within, around = regions[name], it["within"], it["around"]
        error = r["total_s"] / sum(around) - 1
        measuring.errors.append(("region total, % of it", 100 * abs(error)))
        near += abs(error) <= TOLERANCE
        assert r["count"] == len(around) and r["nested"] == r["open"] == 0
        # The same clock, read before and after: no tolerance but its last digits.
        assert sum(within) - 1e-6 <= r["total_s"] <= sum(around) + 1e-6
        assert min(within) - 1e-6 <= r["min_s"] <= min(around) + 1e-6
        assert max(within) - 1e-6 <= r["max_s"] <= max(around) + 1e-6
    assert near >= len(truth) / 2
