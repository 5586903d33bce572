# stdout closed at launch: print does nothing.
#: wrap sh -c 'exec "$@" 1>&-' sh
import os
import sys

print("nowhere")
sys.stderr.write(f"{sys.stdout} {os.open('/dev/null', os.O_RDONLY)}\n")
