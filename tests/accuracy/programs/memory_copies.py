"""Library copies of known volume. usage: memory_copies.py bytes|join|array|concatenate"""

import json
import sys

MB = 1_000_000


def bytes_():
    source = bytearray(4 * MB)
    for _ in range(300):
        bytes(source)  # @copy
    return 1200 * MB


def join():
    parts = [bytes(500_000) for _ in range(8)]
    for _ in range(300):
        b"".join(parts)  # @copy
    return 1200 * MB


def array():
    import numpy

    source = numpy.ones(MB)
    for _ in range(200):
        source.copy()  # @copy
    return 1600 * MB


def concatenate():
    import numpy

    parts = [numpy.ones(MB // 4) for _ in range(4)]
    for _ in range(200):
        numpy.concatenate(parts)  # @copy
    return 1600 * MB


name = sys.argv[1]
print(json.dumps({"copied": globals().get(name + "_", globals().get(name))()}))
