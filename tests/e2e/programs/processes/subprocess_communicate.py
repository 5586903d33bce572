# A megabyte through a child's pipes.
#: processes 2
import subprocess
import sys

code = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
data = bytes(range(256)) * 4096
done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True)
print(done.returncode, done.stdout == data, done.stderr)
