# Copies of every length, overlapping too, arrive whole.
import ctypes
import random

c = ctypes.CDLL(None)
size, pointer = ctypes.c_size_t, ctypes.c_void_p
for name in ("memcpy", "memmove", "mempcpy", "strcpy", "__memcpy_chk", "__mempcpy_chk"):
    getattr(c, name).restype = ctypes.c_void_p
random.seed(1)
wrong = 0
for round in range(2000):
    n = random.choice((0, 1, 7, 8, 31, 255, 256, 257, 4000, 100_000))
    data = random.randbytes(n)
    source, target = ctypes.create_string_buffer(data, n + 1), ctypes.create_string_buffer(n + 1)
    at = ctypes.addressof(target)
    one = c.memcpy(pointer(at), source, size(n)) == at and target.raw[:n] == data
    two = c.mempcpy(pointer(at), source, size(n)) == at + n
    three = c.__memcpy_chk(pointer(at), source, size(n), size(n + 1)) == at
    four = c.__mempcpy_chk(pointer(at), source, size(n), size(n)) == at + n
    shift = random.randrange(-n, n + 1) if n else 0
    room = ctypes.create_string_buffer(3 * n + 3)
    middle = ctypes.addressof(room) + n + 1
    ctypes.memmove(middle, data, n)
    c.memmove(pointer(middle + shift), pointer(middle), size(n))
    five = ctypes.string_at(middle + shift, n) == data
    text = bytes(random.randrange(1, 256) for _ in range(n % 3000))
    six = c.strcpy(pointer(ctypes.addressof(room)), text) and room.value == text if n else True
    wrong += not all((one, two, three, four, five, six))
print(wrong)
