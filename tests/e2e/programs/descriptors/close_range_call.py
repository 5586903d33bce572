# The raw close_range and a dup2 over every number up to 200.
import ctypes
import os

sum(i * i for i in range(300000))
ctypes.CDLL(None).close_range(3, 0xFFFFFFFF, 0)
null = os.open("/dev/null", os.O_RDWR)
for number in range(3, 200):
    os.dup2(null, number)
sum(i * i for i in range(1000000))
print(all(os.write(number, b"x") == 1 for number in range(3, 200)))
os.closerange(3, 200)
print(sorted(map(int, os.listdir("/proc/self/fd"))))
