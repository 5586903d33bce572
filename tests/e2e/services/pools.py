"""Work in pools of each kind; prints the answer and what it cost by its own clock."""

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def python_work(n):
    start = time.process_time()
    total = 0
    for i in range(n):
        total += i * i % 7
    return total, time.process_time() - start


def run(kind, sizes):
    if kind == "joblib":
        from joblib import Parallel, delayed

        return Parallel(n_jobs=3)(delayed(python_work)(n) for n in sizes)
    if kind == "executor":
        with ProcessPoolExecutor(3) as pool:
            return list(pool.map(python_work, sizes))
    with multiprocessing.get_context(kind).Pool(3) as pool:
        return pool.map(python_work, sizes, chunksize=1)


if __name__ == "__main__":
    results = run(sys.argv[1], [150_000] * 60)
    print(sum(total for total, _ in results), sum(cost for _, cost in results))
