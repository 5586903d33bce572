# sys.exit with a text prints it to stderr and ends with 1.
#: exit 1
import sys

sys.exit("no such luck: é")
