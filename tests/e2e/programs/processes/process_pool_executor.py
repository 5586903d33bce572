# concurrent.futures.ProcessPoolExecutor, also with a worker that dies.
#: processes 0
#: check three_processes_or_more
import concurrent.futures
import os
import warnings
from concurrent.futures.process import BrokenProcessPool

warnings.simplefilter("ignore")


def work(n):
    return sum(i * i for i in range(n))


if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work, [200000] * 4)))
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        try:
            pool.submit(os._exit, 3).result()
        except BrokenProcessPool:
            print("broken pool")
