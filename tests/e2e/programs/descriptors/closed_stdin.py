# stdin closed at launch.
#: wrap sh -c 'exec "$@" 0<&-' sh
import os
import sys

print(sys.stdin, os.open("/dev/null", os.O_RDONLY))
