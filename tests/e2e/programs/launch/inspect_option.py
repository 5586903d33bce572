# -i: after the program, statements from stdin.
#: run -i {prog}
#: stdin print(left)\nraise SystemExit(4)\n
#: exit 4
left = sum(i * i for i in range(300000))
