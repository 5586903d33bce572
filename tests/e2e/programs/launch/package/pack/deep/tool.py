import sys

from .. import deep

print(__name__, __package__, __spec__.name, sys.argv, deep.__name__)
