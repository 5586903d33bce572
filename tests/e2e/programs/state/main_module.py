# What __main__ holds when the program begins.
#: run {prog}
#: run -m main_module
names = sorted(globals())
print(names, __name__, __file__, __spec__, __package__, __loader__, __doc__)
import __main__  # noqa: E402
import pickle  # noqa: E402
import sys  # noqa: E402


class Thing:
    pass


print(__main__.Thing is Thing, sys.modules["__main__"] is __main__)
print(pickle.dumps(Thing()), pickle.dumps(Thing))
frame = sys._getframe()
print(frame.f_back, frame.f_globals is globals(), frame.f_code.co_filename)
