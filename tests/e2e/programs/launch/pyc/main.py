# A compiled program without its source.
#: prepare pyc
#: run main.pyc one two
#: exit 1
import sys

print(sys.argv, __file__, __name__)


def fail():
    sum(i * i for i in range(300000))
    raise ValueError("no source")


fail()
