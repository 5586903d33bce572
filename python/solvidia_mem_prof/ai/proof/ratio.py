"""How many times faster: the ratio of paired runs, with its 95 % interval.

The geometric mean of before/after over pairs of neighbouring runs, whose common
noise drops out; the interval is Student's, on the logarithms.
"""

import math
from typing import List, NamedTuple, Sequence

# Student's t, two-sided 95 %, by degrees of freedom from 1 on.
T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
     2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086)  # fmt: skip
T_MANY = 2.0
SMALLEST = 1e-6  # keeps the logarithm from 0


class Ratio(NamedTuple):
    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Half the interval as a share of the value."""
        return math.sqrt(self.high / self.low) - 1 if self.low > 0 else math.inf


def paired(before: Sequence[float], after: Sequence[float]) -> Ratio:
    """At least one pair; of a single one the interval is not known: 0 to infinity."""
    logs: List[float] = [
        math.log(max(b, SMALLEST) / max(a, SMALLEST)) for b, a in zip(before, after)
    ]
    n = len(logs)
    mean = sum(logs) / n
    if n < 2:
        return Ratio(math.exp(mean), 0.0, math.inf)
    spread = math.sqrt(sum((x - mean) ** 2 for x in logs) / (n - 1))
    t = T[n - 2] if n - 2 < len(T) else T_MANY
    half = t * spread / math.sqrt(n)
    return Ratio(*(math.exp(mean + d) for d in (0.0, -half, half)))


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
