# Generators, yield from, send, throw, close, context managers.
#: check nothing_unreadable
import contextlib


def inner(n):
    total = 0
    try:
        for i in range(n):
            got = yield i
            total += (got or 0) + sum(range(200))
    except KeyError:
        yield "caught"
    finally:
        print("closed")
    return total


def outer(n):
    result = yield from inner(n)
    print("result", result)


generator = outer(1000)
print(next(generator), [generator.send(i) for i in range(300)][-1])
print(generator.throw(KeyError("x")))
print(len(list(outer(2000))))
left = outer(5)
next(left)
del left


@contextlib.contextmanager
def scope():
    yield sum(range(100000))
    print("leaving")


with scope() as total:
    print(total)
