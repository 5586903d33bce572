"""One large thing, grown or made at once, beside a thread that makes and drops small
objects, some 100 MB of them a second; with "alone" without it.

usage: memory_large.py array|list|dict|bytearray|mapping|realloc [alone]
"""

import ctypes
import json
import mmap
import sys
import threading
import time

MB = 1_000_000
going = True


def churn():
    while going:
        for i in range(2000):
            (i, float(i)), [i, i], "k%d" % i


def array():
    import numpy

    return numpy.ones(64 * MB), 512 * MB  # @array


def list_():
    kept = []
    for _ in range(50 * MB):
        kept.append(None)  # @list
    return kept, sys.getsizeof(kept)


def dict_():
    kept = {}
    for key in keys:
        kept[key] = None  # @dict
    return kept, sys.getsizeof(kept)


def bytearray_():
    kept, piece = bytearray(), bytes(100_000)
    while len(kept) < 400 * MB:
        kept += piece  # @bytearray
    return kept, kept.__alloc__()


def mapping():
    kept = mmap.mmap(-1, 300 * MB)  # @mapping
    kept[:: mmap.PAGESIZE] = b"x" * len(kept[:: mmap.PAGESIZE])
    return kept, 300 * MB


def realloc():
    """C code that grows a block in 4,000 steps to 400 MB."""
    library = ctypes.CDLL(None)
    library.realloc.restype = ctypes.c_void_p
    library.realloc.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    at = None
    for step in range(1, 4001):
        at = library.realloc(at, step * 100_000)  # @realloc
    return at, 400 * MB


name = sys.argv[1]
keys = [object() for _ in range(3 * MB)] if name == "dict" else ()
other = threading.Thread(target=churn)
if "alone" not in sys.argv:
    other.start()
    time.sleep(0.2)
kept, size = globals().get(name + "_", globals().get(name))()
going = False
if other.ident:
    other.join()
print(json.dumps({name: size}))
