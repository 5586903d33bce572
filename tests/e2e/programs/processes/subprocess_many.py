# 20 children that are not Python at once, then 4 that are.
#: processes 5
#: exits 0*5
import subprocess
import sys

children = [subprocess.Popen(["sleep", "0.1"]) for _ in range(20)]
print([child.wait() for child in children])
code = "sum(i * i for i in range(300000))"
children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
print([child.wait() for child in children])
