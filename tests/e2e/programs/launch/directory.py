# A directory with __main__.py.
#: prepare as_directory
#: run app one
#: run ./app/ one
#: run {dir}/app one
import sys

print(sys.argv, sys.path[0], __file__, __name__, __spec__.name, __package__)
