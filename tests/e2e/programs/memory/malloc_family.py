# What libc's functions answer: alignment, failure, errno, zero, contents.
import ctypes

c = ctypes.CDLL(None, use_errno=True)
for name in ("malloc", "calloc", "realloc", "reallocarray", "aligned_alloc",
             "memalign", "valloc", "pvalloc"):
    getattr(c, name).restype = ctypes.c_void_p
size = ctypes.c_size_t
pointer = ctypes.c_void_p
c.free.argtypes = (pointer,)


def failure(call, *arguments):
    ctypes.set_errno(0)
    return call(*arguments), ctypes.get_errno()


huge = size(2**63)
print(failure(c.malloc, huge), failure(c.calloc, size(2**33), size(2**33)))
print(failure(c.reallocarray, None, size(2**33), size(2**33)))
p = c.malloc(size(100))
ctypes.memset(p, 7, 100)
print(failure(c.realloc, pointer(p), huge), ctypes.string_at(p, 3))
q = c.realloc(pointer(p), size(10_000_000))
print(ctypes.string_at(q, 100) == bytes([7]) * 100)
q = c.realloc(pointer(q), size(50))
print(ctypes.string_at(q, 50) == bytes([7]) * 50)
c.free(q)
for n in (1, 100, 5000, 3_000_000):
    for alignment in (16, 64, 4096, 1 << 20):
        out = pointer()
        print(c.posix_memalign(ctypes.byref(out), size(alignment), size(n)),
              out.value % alignment,
              c.aligned_alloc(size(alignment), size(n)) % alignment,
              c.memalign(size(alignment), size(n)) % alignment)
        c.free(out)
    print(c.valloc(size(n)) % 4096, c.pvalloc(size(n)) % 4096)
    zero = c.calloc(size(n), size(3))
    print(ctypes.string_at(zero, n * 3) == bytes(n * 3))
    c.free(zero)
print(c.posix_memalign(ctypes.byref(pointer()), size(24), size(8)))
c.free(None)
print(bool(c.malloc(size(0))), bool(c.realloc(None, size(5))))
