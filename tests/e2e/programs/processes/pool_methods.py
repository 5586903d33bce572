# multiprocessing.Pool by fork, spawn and forkserver.
#: run {prog} fork
#: run {prog} spawn
#: run {prog} forkserver
#: processes 0
#: check three_processes_or_more
import multiprocessing
import sys


def square(n):
    return sum(i * i for i in range(n))


class Thing:
    def __init__(self, n):
        self.n = n


def unwrap(thing):
    return Thing(thing.n + 1)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.map(square, [100000] * 6))
        print([t.n for t in pool.map(unwrap, [Thing(i) for i in range(4)])])
    pool.join()
    try:
        with context.Pool(1) as pool:
            pool.apply(divmod, (1, 0))
    except ZeroDivisionError as error:
        print(error)
