# exec of Python with an empty environment.
#: processes 0
import os
import sys

sys.stdout.flush()
if len(sys.argv) > 1:
    print(sorted(os.environ.keys() - {"LD_PRELOAD"}), sys.argv)
else:
    os.execve(sys.executable, [sys.executable, sys.argv[0], "again"], {})
