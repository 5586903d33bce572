"""Work at the ends of many different call stacks, a sample's time at each."""
import sys
import time

TURN = 0.0043  # seconds of CPU time: a little more than the sampling interval


def leaf():
    end = time.thread_time() + TURN
    while time.thread_time() < end:
        for _ in range(100):
            pass


def left(path, depth):
    if depth == 0:
        leaf()
    elif path & 1:
        right(path >> 1, depth - 1)
    else:
        left(path >> 1, depth - 1)


def right(path, depth):
    if depth == 0:
        leaf()
    elif path & 1:
        right(path >> 1, depth - 1)
    else:
        left(path >> 1, depth - 1)


for path in range(int(sys.argv[1])):
    left(path, 14)
