# The program executes itself 20 times in a row, with every kind of exec.
#: processes 0
#: exit 20
import os
import sys

left = int(sys.argv[1]) if len(sys.argv) > 1 else 20
sum(range(200000))
print(left, sys.argv[2:], flush=True)
if left == 0:
    sys.exit(20)
argv = [sys.executable, sys.argv[0], str(left - 1), "an argument", "é"]
if left % 3 == 0:
    os.execv(sys.executable, argv)
if left % 3 == 1:
    os.execve(sys.executable, argv, {**os.environ, "LEFT": str(left)})
os.execvp(sys.executable, argv)
