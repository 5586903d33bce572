"""One native call a line, each a hundred microseconds and more."""
import hashlib
import random
import sys
import zlib

from truth import section, tell, until

data = random.Random(3).randbytes(1 << 20)
numbers = [random.Random(4).random() for _ in range(50000)]
kept = []
which = sys.argv[1]
for _ in until(1.5):
    if which == "hashlib":
        with section(which):
            hashlib.sha256(data).digest()  # @hashlib
    elif which == "zlib":
        with section(which):
            zlib.compress(data)  # @zlib
    elif which == "sorted":
        with section(which):
            kept.append(sorted(numbers))  # @sorted
        kept.clear()  # the interpreter's work: not on the line above
    elif which == "sum":
        with section(which):
            sum(numbers)  # @sum
            sum(numbers)  # @sum
            sum(numbers)  # @sum
tell()
