# stdout and stderr on one pipe keep their order.
#: run -u {prog}
#: wrap sh -c 'exec "$@" 2>&1' sh
import os
import sys

for i in range(100):
    print("out", i)
    print("err", i, file=sys.stderr)
    os.write(1, b"raw\n")
