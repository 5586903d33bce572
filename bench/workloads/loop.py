"""A loop of pure Python, for so many seconds of CPU time."""
import sys
import time


def step(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


while time.process_time() < float(sys.argv[1]):
    step(20000)
