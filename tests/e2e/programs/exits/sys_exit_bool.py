# sys.exit(True): a bool is a number.
#: exit 1
import sys

sys.exit(True)
