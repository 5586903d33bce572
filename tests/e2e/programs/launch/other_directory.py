# A relative path from another directory, also one that is gone.
#: prepare below
#: run sub/other_directory.py
#: run ./sub/../sub/other_directory.py
import os
import sys

print(sys.argv, sys.path[0], __file__, os.listdir())
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
sum(i * i for i in range(300000))
try:
    os.getcwd()
except FileNotFoundError as error:
    print(error)
