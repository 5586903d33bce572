# Reference counts of objects on running frames.
import sys


def count(argument):
    local = argument
    for _ in range(50):
        sum(range(2000))
        yield sys.getrefcount(local)


thing = object()
print(set(count(thing)), sys.getrefcount(thing))
print(sys.getrefcount(count), sys.getrefcount(count.__code__) < 5)
