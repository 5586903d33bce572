# zlib, bz2, lzma, hashlib: native work without the GIL, in threads.
import bz2
import hashlib
import lzma
import threading
import zlib

data = bytes(range(256)) * 2000
print(zlib.crc32(zlib.compress(data)), hashlib.sha256(data).hexdigest())
print(len(bz2.compress(data)), len(lzma.compress(data, preset=1)))
digests = []
threads = [threading.Thread(target=lambda: digests.append(hashlib.sha512(data * 20).digest())) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(len(set(digests)))
