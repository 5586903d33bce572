"""A program that leaks, or one that only looks so.

usage: memory_leak.py KIND   (a function's name below; half a second each)
"""

import collections
import ctypes
import functools
import json
import sys
import time
import zlib

kept = []
SECONDS = 0.6


def for_a_while(one):
    """Calls it in even steps for SECONDS, 400 times in all."""
    began = time.monotonic()
    for step in range(400):
        one(step)
        rest = began + (step + 1) * SECONDS / 400 - time.monotonic()
        if rest > 0:
            time.sleep(rest)


def fast():
    for_a_while(lambda i: kept.append(bytearray(100_000)))  # @leak


def beside_a_transient():
    """10 kB stay in each turn, 30 MB come and go."""

    def turn(i):
        kept.append(bytearray(10_000))  # @leak
        bytearray(30_000_000)

    for_a_while(turn)


def small_objects():
    for_a_while(lambda i: kept.append([float(k) for k in range(500)]))  # @leak


def extension():
    for_a_while(lambda i: kept.append(zlib.compressobj()))  # @leak


def malloc():
    library = ctypes.CDLL(None)
    for_a_while(lambda i: library.malloc(50_000))  # @leak


# ---- none of these leaks


def lru_cache():
    @functools.lru_cache(maxsize=100)
    def page(i):
        return bytearray(20_000)

    for_a_while(page)


def late_cache():
    """Full after seven tenths of the run."""

    @functools.lru_cache(maxsize=280)
    def page(i):
        return bytearray(40_000)

    for_a_while(page)


def warm_up_pool():
    """Filled in the first quarter, used for the rest."""
    pool = []

    def turn(i):
        if i < 100:
            pool.append(bytearray(100_000))
        pool[i % len(pool)][:] = bytes(100_000)

    for_a_while(turn)


def start_up_data():
    data = [bytearray(100_000) for _ in range(200)]
    for_a_while(lambda i: sum(data[i % 200][:100]))


def sawtooth():
    """Grows, and is emptied: five times."""
    tooth = []

    def turn(i):
        tooth.append(bytearray(50_000))
        if len(tooth) == 80:
            tooth.clear()

    for_a_while(turn)


def queue():
    """What comes in at one end goes out at the other."""
    waiting = collections.deque(maxlen=50)
    for_a_while(lambda i: waiting.append(bytearray(50_000)))


globals()[sys.argv[1]]()
print(json.dumps({}))
