"""Regions of 1 to 100 ms, many of them, timed by the program itself as well: from
outside and from within."""

import json
import random
import sys
import time

from solvidia_mem_prof import region


def main():
    shortest_ms, longest_ms, count = map(int, sys.argv[1:4])
    lengths = random.Random(7)
    truth = {}
    for number in range(count):
        name = f"part {number % 10}"
        seconds = lengths.uniform(shortest_ms, longest_ms) / 1000
        began = time.perf_counter()
        with region(name):
            entered = time.perf_counter()
            if number % 2:
                time.sleep(seconds)
            else:
                end = time.perf_counter() + seconds
                while time.perf_counter() < end:
                    pass
            within = time.perf_counter() - entered
        around = time.perf_counter() - began
        it = truth.setdefault(name, {"within": [], "around": []})
        it["within"].append(within)
        it["around"].append(around)
    print(json.dumps(truth))


main()
