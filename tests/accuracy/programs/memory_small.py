"""Small objects, 100 MB in all: one line keeps what it makes, one keeps half."""

import json
import sys

FLOATS, TUPLES = 2_100_000, 900_000
floats, tuples = [None] * FLOATS, [None] * (TUPLES // 2)


def keep():
    for i in range(FLOATS):
        floats[i] = i + 0.5  # @floats


def keep_half():
    for i in range(TUPLES):
        tuples[i // 2] = (i, i)  # @tuples


keep()
keep_half()
size = {"floats": sys.getsizeof(0.5), "tuples": sys.getsizeof((1, 2))}
print(
    json.dumps(
        {
            "allocated": {"floats": FLOATS * size["floats"], "tuples": TUPLES * size["tuples"]},
            "live": {"floats": FLOATS * size["floats"], "tuples": TUPLES // 2 * size["tuples"]},
        }
    )
)
