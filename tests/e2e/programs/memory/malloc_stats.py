# PYTHONMALLOCSTATS and malloc_trim: no crash, the same end.
import ctypes

kept = [bytearray(100000) for _ in range(100)]
del kept
print(ctypes.CDLL(None).malloc_trim(0) in (0, 1))
