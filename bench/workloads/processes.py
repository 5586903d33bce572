"""A program of so many processes, a few at a time, each with some work."""
import subprocess
import sys

WORK = "import json\nfor n in range(60): json.loads(json.dumps(list(range(3000))))"
AT_A_TIME = 4

left, running = int(sys.argv[1]), []
while left or running:
    while left and len(running) < AT_A_TIME:
        running.append(subprocess.Popen([sys.executable, "-c", WORK]))
        left -= 1
    running.pop(0).wait()
