# 1,000 Popen of a program that is not Python.
#: slow
#: timeout 120
import subprocess

print(sum(subprocess.call(["true"]) for _ in range(1000)))
