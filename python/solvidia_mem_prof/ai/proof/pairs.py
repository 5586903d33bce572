"""Pairs of runs, with and without the change: how many, their figures, the verdict."""

from typing import Any, Dict, List, Optional, Tuple

from .ratio import Ratio, median, paired
from .runs import Run

MIB = 1 << 20
PAIRS_LEAST = 3
PAIRS_MOST = 12
BUDGET_S = 90.0  # of pairs, after the least
GOOD_WIDTH = 0.03  # of the interval: enough pairs
CLEAR = 1.3  # a ratio whose lower end is above this needs no more than
CLEAR_WIDTH = 0.1
WARM_UP_BELOW_S = 10.0  # a first pair faster than this is not counted
FASTER = 1.02  # below this it is not called faster
SMALLER = 1.05  # peak memory: below this it is not called smaller


class Pairs:
    """Runs of both sides, pair by pair."""

    def __init__(self) -> None:
        self.before: List[Run] = []
        self.after: List[Run] = []

    def counted(self) -> Tuple[List[Run], List[Run]]:
        first = self.before[0].wall_s + self.after[0].wall_s
        skip = 1 if first < WARM_UP_BELOW_S and len(self.before) > 1 else 0
        return self.before[skip:], self.after[skip:]

    def time(self) -> Ratio:
        before, after = self.counted()
        return paired([r.wall_s for r in before], [r.wall_s for r in after])

    def cpu(self) -> Ratio:
        before, after = self.counted()
        return paired([r.cpu_s for r in before], [r.cpu_s for r in after])

    def memory(self) -> Ratio:
        before, after = self.counted()
        return paired([r.peak_bytes for r in before], [r.peak_bytes for r in after])

    def spent(self) -> float:
        return sum(r.wall_s for r in self.before + self.after)

    def enough(self, asked: Optional[int]) -> bool:
        counted = len(self.counted()[0])
        if asked is not None:
            return counted >= asked
        if counted < PAIRS_LEAST:
            return False
        if counted >= PAIRS_MOST or self.spent() > BUDGET_S:
            return True
        time = self.time()
        return time.width < (CLEAR_WIDTH if time.low > CLEAR else GOOD_WIDTH)


def _interval(ratio: Ratio) -> Optional[List[float]]:
    return [_round(ratio.low), _round(ratio.high)] if ratio.low > 0 else None


def _times(value: float) -> str:
    return (
        f"{value:.0f}x"
        if value >= 20
        else f"{value:.1f}x"
        if value >= 1.95
        else f"{value:.2f}x"
    )


def _round(value: float) -> float:
    """To three digits: more of them would claim more than was measured."""
    return float(f"{value:.3g}")


def _detail(pairs: Pairs) -> str:
    before, after = pairs.counted()
    time = pairs.time()
    parts = [f"{median([r.wall_s for r in side]):.3g} s" for side in (before, after)]
    text = f"{parts[0]} before, {parts[1]} after"
    if time.low > 0:
        text += f", 95 %: {_times(time.low)} to {_times(time.high)}"
    sizes = [median([r.peak_bytes for r in side]) / MIB for side in (before, after)]
    text += f"; peak memory {sizes[0]:.3g} MiB before, {sizes[1]:.3g} MiB after"
    return f"{text}; {len(before)} run{'s' if len(before) > 1 else ''} each"


def figures(pairs: Pairs) -> Dict[str, Any]:
    before, after = pairs.counted()
    time, cpu, memory = pairs.time(), pairs.cpu(), pairs.memory()
    return {
        "speedup": _round(time.value),
        "interval": _interval(time),
        "cpu_speedup": _round(cpu.value),
        "cpu_interval": _interval(cpu),
        "before_s": median([r.wall_s for r in before]),
        "after_s": median([r.wall_s for r in after]),
        "runs": len(before),
        "memory": {
            "before_bytes": median([r.peak_bytes for r in before]),
            "after_bytes": median([r.peak_bytes for r in after]),
            "ratio": _round(memory.value),
            "interval": _interval(memory),
        },
        "detail": _detail(pairs),
    }


def verdict(pairs: Pairs) -> Tuple[bool, str]:
    """(verified, what is shown). Less memory may cost some time, but less than it
    saves."""
    time, memory = pairs.time(), pairs.memory()
    range_ = f" (95 %: {_times(time.low)} to {_times(time.high)})" if time.low > 0 else ""
    faster = time.low > 1 and time.value >= FASTER
    smaller = memory.low > 1 and memory.value >= SMALLER
    slower = time.high < 1 and time.value <= 1 / FASTER
    lighter = f"{_times(memory.value)} less peak memory"
    if faster:
        more = f", {lighter}" if smaller else ""
        return True, f"verified {_times(time.value)} faster, same output{range_}{more}"
    loss = f"{_times(1 / time.value)} slower"
    if smaller and not (slower and memory.value * time.value < 1):
        return True, f"verified {lighter}{', ' + loss if slower else ''}, same output"
    if slower:
        return False, f"not verified: {loss}, same output"
    return (
        False,
        f"not verified: no clear difference, {time.value:.2f}x{range_}, same output",
    )
