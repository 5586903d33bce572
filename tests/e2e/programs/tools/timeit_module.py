# timeit as a command, its times apart.
#: processes 2
import re
import subprocess
import sys

argv = [sys.executable, "-m", "timeit", "-n", "1000", "-r", "2", "-s", "x = 1", "x + x"]
done = subprocess.run(argv, capture_output=True, text=True)
print(done.returncode, re.sub(r"[\d.]+ \wsec", "N sec", done.stdout.splitlines()[0]))
