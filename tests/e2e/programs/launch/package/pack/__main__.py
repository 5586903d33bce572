import sys

print(__name__, __package__, __spec__.name, sys.argv, sys.path[0])
