"""Small objects that Python rounds up: 5 million floats of 24 bytes in 32; or a mixture.

usage: memory_peak.py floats|mixture
"""

import sys


class Point:
    def __init__(self, i):
        self.x = i * 1.5
        self.name = "n%d" % i


def floats():
    kept = [None] * 5_000_000
    for i in range(len(kept)):
        kept[i] = i * 1.5
    return kept


def mixture():
    points = [Point(i) for i in range(400_000)]
    return points, {str(i): (i, i + 1) for i in range(300_000)}


kept = {"floats": floats, "mixture": mixture}[sys.argv[1]]()
print("{}")
