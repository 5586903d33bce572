# A symbolic link to the program: its directory is the real one.
#: prepare symlink
#: run link.py
#: run {dir}/link.py
import sys

print(sys.argv, sys.path[0], __file__)
