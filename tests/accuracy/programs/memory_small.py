"""Small objects, 100 MB in all: one line keeps what it makes, one keeps half."""

import json
import sys

FLOATS, BLOBS = 2_100_000, 900_000
floats, blobs = [None] * FLOATS, [None] * (BLOBS // 2)


def keep():
    for i in range(FLOATS):
        floats[i] = i + 0.5  # @floats


def keep_half():
    """Each place twice: what was there goes. (Tuples would come from a free list.)"""
    for i in range(BLOBS):
        at = i // 2
        blobs[at] = bytes(23)  # @blobs


keep()
keep_half()
size = {"floats": sys.getsizeof(0.5), "blobs": sys.getsizeof(bytes(23))}
print(
    json.dumps(
        {
            "allocated": {"floats": FLOATS * size["floats"], "blobs": BLOBS * size["blobs"]},
            "live": {"floats": FLOATS * size["floats"], "blobs": BLOBS // 2 * size["blobs"]},
        }
    )
)
