# mmap, munmap and mremap answer as without a profiler, whole and in part.
import ctypes
import mmap
import os
import tempfile

c = ctypes.CDLL(None, use_errno=True)
c.mmap.restype = c.mremap.restype = ctypes.c_void_p
size, pointer = ctypes.c_size_t, ctypes.c_void_p
FAILED = 2**64 - 1
page = 4096


def take(n, flags=0x22, protection=3, at=None):
    return c.mmap(pointer(at), size(n), protection, flags, -1, ctypes.c_long(0))


def errno_of(result):
    return result, ctypes.get_errno()


at = take(100 * page)
ctypes.memset(at, 1, 100 * page)
print(c.munmap(pointer(at), size(10 * page)), c.munmap(pointer(at + 90 * page), size(10 * page)))
print(c.munmap(pointer(at + 40 * page), size(20 * page)), ctypes.string_at(at + 39 * page, 3))
print(take(20 * page, 0x32, 3, at + 40 * page) == at + 40 * page)
print(errno_of(c.munmap(pointer(at + 1), size(page))), errno_of(c.munmap(pointer(at), size(0))))
ctypes.set_errno(0)
print(errno_of(take(0)), errno_of(take(1 << 62)))
grown = c.mremap(pointer(at + 60 * page), size(30 * page), size(3000 * page), 1)
print(grown != FAILED, ctypes.string_at(grown, 2))
ctypes.set_errno(0)
take(page, 0x32, 0, grown + 3000 * page)
print(errno_of(c.mremap(pointer(grown), size(3000 * page), size(9000 * page), 0)))
with mmap.mmap(-1, 50_000_000) as m:
    m[123] = 45
    print(m[122:124])
with tempfile.TemporaryFile() as file:
    file.write(os.urandom(1000) + b"end")
    file.flush()
    with mmap.mmap(file.fileno(), 0) as m:
        print(m[-3:], len(m))
        m.resize(5000)
        print(m[1000:1003], len(m))
