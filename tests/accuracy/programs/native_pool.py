"""Threads of a library: two that a line waits for, one that runs aside."""
import ctypes
import sys
import time

import truth

pool = ctypes.CDLL(sys.argv[1])
EACH = 0.6
pool.pool_burn(ctypes.c_double(EACH))  # @waits
pool.pool_burn_aside(ctypes.c_double(EACH))
values = list(range(100_000))
end = time.process_time() + 2 * EACH
while time.process_time() < end:
    values.sort(reverse=True)  # @builtin
truth.tell(waits=2 * EACH, whole=time.process_time())
