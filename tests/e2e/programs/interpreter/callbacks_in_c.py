# C calls Python calls C: qsort, sorted with a key, re with a function, map.
import ctypes
import functools
import re

libc = ctypes.CDLL(None)
numbers = (ctypes.c_int * 2000)(*[(i * 7919) % 2000 for i in range(2000)])


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
def order(a, b):
    return a[0] - b[0]


libc.qsort(numbers, 2000, 4, order)
print(list(numbers) == list(range(2000)))
data = [(i * 7919) % 5003 for i in range(20000)]
print(sorted(data, key=lambda n: -n)[:5])
print(sorted(data, key=functools.cmp_to_key(lambda a, b: a - b))[:5])
print(len(re.sub(r"\d", lambda m: str(sum(range(20))), "1234567890" * 300)))
print(sum(map(lambda n: n % 3, data)), functools.reduce(lambda a, b: a + b, data))
