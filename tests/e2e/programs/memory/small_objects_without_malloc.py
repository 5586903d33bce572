# Small objects come out of the interpreter's own pools where malloc has no more:
# a sampled one must not be asked of malloc alone.
import resource

SIZES = [1 << 20, 1 << 16, 1 << 12, 1024, 640, 576, 544, 520]
HOLES = 100_000

kept = [bytes(100) for _ in range(2 * HOLES)]
again = [None] * HOLES
hog = [None] * 1_000_000
del kept[::2]  # every pool is half empty
pages = int(open("/proc/self/statm").read().split()[0])
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), hard))
filled = 0
for size in SIZES:
    try:
        while True:
            hog[filled] = bytearray(size)
            filled += 1
    except MemoryError:
        pass
for n in range(HOLES * 9 // 10):
    again[n] = bytes(100)
hog = None
print("all there:", sum(map(len, again[: HOLES * 9 // 10])), filled > 0)
