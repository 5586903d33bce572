# sys.exit(2**40 + 7) ends with 7.
#: exit 7
import sys

sys.exit(2**40 + 7)
