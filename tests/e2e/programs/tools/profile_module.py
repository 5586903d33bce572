# python -m cProfile and -m profile as commands: they make their file.
#: processes 0
import os
import pstats
import subprocess
import sys

with open("target.py", "w") as file:
    file.write("def f():\n    return sum(range(1000))\nfor _ in range(10): f()\n")
for module in ("cProfile", "profile"):
    argv = [sys.executable, "-m", module, "-o", "stats", "target.py"]
    print(subprocess.run(argv, capture_output=True).returncode)
    print({k[2]: v[0] for k, v in pstats.Stats("stats").stats.items() if k[2] == "f"})
    os.remove("stats")
