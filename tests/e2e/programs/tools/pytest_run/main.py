# pytest as the program.
#: needs pytest
#: run -m pytest -q -p no:cacheprovider --no-header test_things.py
#: exit 1
#: check no_stdout_compare
#: processes 0
print("not run")
