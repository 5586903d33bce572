# pytest as a command, its times apart.
#: needs pytest
#: processes 2
#: exits 0 1
import re
import subprocess
import sys

with open("test_things.py", "w") as file:
    file.write("def test_good():\n    assert sum(range(100000)) == 4999950000\n")
    file.write("def test_bad():\n    assert sum(range(3)) == 4\n")
argv = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
done = subprocess.run([*argv, "test_things.py"], capture_output=True, text=True)
print(done.returncode, re.sub(r"[\d.]+s", "N s", done.stdout), done.stderr)
