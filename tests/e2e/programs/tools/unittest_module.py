# unittest as a command, its times apart.
#: processes 2
#: exits 0 1
import re
import subprocess
import sys

CODE = """
import unittest
class Tests(unittest.TestCase):
    def test_good(self):
        self.assertEqual(sum(range(100000)), 4999950000)
    def test_bad(self):
        self.assertEqual(1, 2)
"""
with open("suite.py", "w") as file:
    file.write(CODE)
argv = [sys.executable, "-B", "-m", "unittest", "-v", "suite"]
done = subprocess.run(argv, capture_output=True, text=True)
print(done.returncode, re.sub(r"[\d.]+s", "N s", done.stderr))
