"""A pool of the standard library's whose threads run no code of the program's, begun
on one line and used on another."""
import concurrent.futures
import functools
import hashlib
import time

import truth

work = functools.partial(hashlib.pbkdf2_hmac, "sha256", b"password", b"salt")
pool = concurrent.futures.ThreadPoolExecutor(2)
list(pool.map(time.sleep, [0.02] * 4))  # @begun
start, own = time.process_time(), time.thread_time()
list(pool.map(work, [300_000] * 8))  # @hashes
truth.tell(hashes=time.process_time() - start - (time.thread_time() - own))
