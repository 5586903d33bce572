# The user's own LD_PRELOAD is loaded too, in children as well.
#: prepare preload
#: needs cc
#: wrap sh -c 'LD_PRELOAD=$PWD/mine.so exec "$@"' sh
#: processes 2
import ctypes
import os
import subprocess
import sys

print(ctypes.CDLL(None).smp_test_mark(), "mine.so" in os.environ["LD_PRELOAD"])
sys.stdout.flush()
code = "import ctypes; print(ctypes.CDLL(None).smp_test_mark())"
subprocess.run([sys.executable, "-c", code], check=True)
