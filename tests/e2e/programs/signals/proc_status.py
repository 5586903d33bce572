# The kernel's view of masks. Bits of 32 and 33, which are glibc's own, apart.
import re

GLIBC = 1 << 31 | 1 << 32


def masks(path):
    with open(path) as file:
        for name, bits in re.findall(r"(Sig\w+|ShdPnd):\s+([0-9a-f]{16})", file.read()):
            print(name, f"{int(bits, 16) & ~GLIBC:016x}")


masks("/proc/self/status")
sum(i * i for i in range(1000000))
masks("/proc/thread-self/status")
