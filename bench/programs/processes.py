"""argv[1] processes, eight at a time, each busy for a little while."""
import os
import sys

total, running = int(sys.argv[1]), 0
for n in range(total):
    if os.fork() == 0:
        sum(i * i for i in range(200000))
        os._exit(0)
    running += 1
    if running == 8:
        os.wait()
        running -= 1
while running:
    os.wait()
    running -= 1
