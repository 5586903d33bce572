# 200 exec in a row of the same process, with a timer running each time.
#: slow
#: processes 0
#: timeout 120
import os
import sys

left = int(sys.argv[1]) if len(sys.argv) > 1 else 200
sum(range(100000))
if left:
    os.execv(sys.executable, [sys.executable, "-S", "-E", sys.argv[0], str(left - 1)])
print("end")
