# A last line without its newline, CRLF line ends.
#: exit 1
print("one")
def f():
    raise ValueError("\n")
f()