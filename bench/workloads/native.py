"""Native code of the standard library, in small calls."""
import hashlib
import json
import sys
import time
import zlib

DATA = {str(n): [n, n * 1.5, str(n) * 3, None, True] for n in range(300)}


def step():
    text = json.dumps(DATA)
    packed = zlib.compress(text.encode(), 6)
    digest = hashlib.sha256(packed * 4).hexdigest()
    return sorted(json.loads(zlib.decompress(packed))), digest


while time.process_time() < float(sys.argv[1]):
    step()
