"""Whose the memory is: the interpreter's own objects, or C code's.

usage: memory_share.py objects|bytes|numpy|pandas|mixed
"""

import json
import sys

MB = 1_000_000


class Point:
    def __init__(self, x):
        self.x, self.y = x, float(x)


def objects():
    return [Point(i) for i in range(200_000)], 1.0  # @share


def bytes_():
    return [bytes(1000) for i in range(50_000)], 1.0  # @share


def numpy():
    return [module.ones(100_000) for i in range(60)], 0.0  # @share


def pandas():
    return module.DataFrame({"a": range(3 * MB), "b": 1.5}), 0.0  # @share


def mixed():
    kept = []
    for _ in range(60):
        kept.append((module.ones(100_000), bytes(800_000)))  # @share
    return kept, 0.5


name = sys.argv[1]
if name in ("numpy", "mixed"):
    import numpy as module
if name == "pandas":
    import pandas as module
kept, share = globals().get(name + "_", globals().get(name))()
print(json.dumps({"python": share}))
