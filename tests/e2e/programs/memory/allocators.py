# Every PYTHONMALLOC, with and without -X dev, to a clean end.
#: run -c "exec(open('allocators.py').read())" malloc
#: run {prog} malloc
#: processes 0
import os
import subprocess
import sys

code = "x = [list(range(50)) for _ in range(20000)]; y = {i: str(i) for i in range(20000)}"
for name in ("pymalloc", "pymalloc_debug", "malloc", "malloc_debug", "debug", "default"):
    for options in ([], ["-X", "dev"]):
        env = {**os.environ, "PYTHONMALLOC": name}
        argv = [sys.executable, *options, "-c", code]
        done = subprocess.run(argv, env=env, capture_output=True)
        print(name, options, done.returncode, done.stdout, done.stderr)
