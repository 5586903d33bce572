# atexit functions: order, errors in them, output.
import atexit
import sys


@atexit.register
def first():
    print("first registered, last called")


@atexit.register
def failing():
    raise ValueError("in atexit")


@atexit.register
def leaving():
    sys.exit(12)


atexit.register(print, "last registered, first called")
print("end of main")
