"""Work that libraries do for a line of the program."""
import gzip
import json
import random

from truth import section, tell, until

text = random.Random(1).randbytes(1 << 18)
tree = {str(n): [n, {"a": [n] * 5}] for n in range(300)}
for _ in until(3):
    with section("json"):
        json.dumps(tree, indent=1)  # @json
    with section("gzip"):
        gzip.compress(text)  # @gzip
    with section("own"):
        for i in range(60000):  # @own
            i * i  # @own
tell()
