# The program comes from stdin.
#: run -
#: run - one two
#: run -q
#: stdin import sys\nprint(sys.argv, __name__, sys.path[0])\nprint(sys.stdin.read())\nrest of the data\n
#: exit 1
print("not run")
