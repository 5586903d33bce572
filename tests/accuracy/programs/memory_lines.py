"""Lines that make small objects of one size each, 19 to 24 MB of them, and keep them."""

import json
import sys

BLOBS, FLOATS, PAIRS = 300_000, 1_000_000, 300_000
blobs, floats, pairs = [None] * BLOBS, [None] * FLOATS, [None] * PAIRS


def make():
    for i in range(BLOBS):
        blobs[i] = bytes(40)  # @blobs
    for i in range(FLOATS):
        floats[i] = i + 0.5  # @floats
    for i in range(PAIRS):
        pairs[i] = [i]  # @pairs


make()
size = {
    "blobs": BLOBS * sys.getsizeof(blobs[0]),
    "floats": FLOATS * sys.getsizeof(0.5),
    "pairs": PAIRS * sys.getsizeof([0]),
}
print(json.dumps({"allocated": size, "live": size}))
