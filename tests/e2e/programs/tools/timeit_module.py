# timeit as a command.
#: run -m timeit -n 1000 -r 2 -u usec -s "x = 1" "x + x"
#: check no_stdout_compare
#: processes 0
print("not run")
