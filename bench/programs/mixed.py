"""Python, native and system work, and waiting, for argv[1] seconds."""
import hashlib
import json
import os
import re
import sys
import threading
import time
import zlib

data = bytes(range(256)) * 4000
tree = [{"n": i, "s": str(i)} for i in range(500)]
end = time.monotonic() + float(sys.argv[1])


def work():
    while time.monotonic() < end:
        json.loads(json.dumps(tree))
        zlib.compress(data[:100000])
        hashlib.sha256(data).digest()
        sorted(tree, key=lambda item: -item["n"])
        re.findall(rb"\x00\x01(.)", data[:50000])
        [os.stat("/") for _ in range(200)]
        sum(i * i for i in range(5000))


threads = [threading.Thread(target=work) for _ in range(2)]
idle = [threading.Thread(target=time.sleep, args=(float(sys.argv[1]),)) for _ in range(20)]
[t.start() for t in threads + idle]
[t.join() for t in threads + idle]
