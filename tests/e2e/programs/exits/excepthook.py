# The user's sys.excepthook, which itself fails.
#: exit 1
import sys


def hook(kind, value, traceback):
    print("hook", kind.__name__, value, traceback.tb_lineno)
    raise OSError("in the hook")


sys.excepthook = hook
raise LookupError("first")
