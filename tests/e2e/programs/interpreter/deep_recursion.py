# Stacks of 900, 10,000 and 100,000 frames, busy at the bottom.
import sys
import threading


def down(n):
    if n == 0:
        return sum(i * i for i in range(500000))
    return down(n - 1)


print(down(900))
sys.setrecursionlimit(200000)
print(down(10000))
if sys.version_info >= (3, 12):
    print(down(100000))
threading.stack_size(256 << 20)
thread = threading.Thread(target=lambda: print(down(20000)))
thread.start()
thread.join()
