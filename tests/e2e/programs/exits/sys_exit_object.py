# sys.exit with any object prints it and ends with 1.
#: exit 1
import sys

sys.exit((1, "two", 3.0))
