# Python's own count of its blocks does not move by our doing.
import sys


def work():
    return sum(i * i for i in range(300000))


before = sys.getallocatedblocks()
work()
middle = sys.getallocatedblocks()
for _ in range(5):
    work()
after = sys.getallocatedblocks()
print(after - middle, sys.getrefcount(None) > 100, sys.getsizeof([]))
