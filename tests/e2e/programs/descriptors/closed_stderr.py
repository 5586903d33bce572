# stderr closed at launch.
#: wrap sh -c 'exec "$@" 2>&-' sh
#: exit 3
import os
import sys

print(sys.stderr, os.open("/dev/null", os.O_RDONLY))
raise SystemExit(3)
