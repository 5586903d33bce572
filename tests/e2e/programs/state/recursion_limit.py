# The recursion limit and how deep a program gets with it.
import sys
import threading

print(sys.getrecursionlimit())


def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


print(depth())
sys.setrecursionlimit(5000)
print(depth())
thread = threading.Thread(target=lambda: print(depth()))
thread.start()
thread.join()


class Deep:
    def __repr__(self):
        return repr(Deep2(self))


class Deep2(Deep):
    def __init__(self, of):
        pass


try:
    repr(Deep())
except RecursionError as error:
    print(error)
