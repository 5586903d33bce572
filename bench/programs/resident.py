"""Works for argv[1] seconds and prints its resident memory every second."""
import json
import sys
import time


def resident():
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return {name: int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM", "VmSize")}


def work(n):
    return json.loads(json.dumps([{"n": i, "s": str(i)} for i in range(n)]))


seen, end = [], time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    until = time.monotonic() + 1
    while time.monotonic() < until:
        work(500)
    seen.append(resident())
with open(sys.argv[2], "w") as file:
    json.dump(seen, file)
