"""argv[1] different stacks, each held on the CPU for argv[2] seconds, so that
each is sampled; prints the monotonic time of its end."""
import sys
import time


def left(path, depth):
    return step(path >> 1, depth - 1)


def right(path, depth):
    return step(path >> 1, depth - 1)


def step(path, depth):
    if depth == 0:
        end = time.thread_time() + float(sys.argv[2])
        while time.thread_time() < end:
            pass
    elif path & 1:
        left(path, depth)
    else:
        right(path, depth)


for path in range(int(sys.argv[1])):
    step(path, 14)
with open(sys.argv[3], "w") as file:
    file.write(repr(time.monotonic()))
