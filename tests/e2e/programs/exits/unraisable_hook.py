# sys.unraisablehook sees what __del__ raises.
import sys


class Bad:
    def __del__(self):
        raise ValueError("ignored")


sys.unraisablehook = lambda u: print("hook", u.exc_value, u.object.__name__)
Bad()
print("end")
