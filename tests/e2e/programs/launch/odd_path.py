# A path with spaces, a quote and letters of two scripts.
#: prepare odd_path
#: run "a b'ü漢/my prog é.py" "an arg'ument"
#: run "{dir}/a b'ü漢/my prog é.py"
#: exit 1
import sys

print(sys.argv, sys.path[0], __file__)
raise ValueError(__file__)
