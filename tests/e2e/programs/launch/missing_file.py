# A file that is not there: python's own message.
#: run -O no_such_file.py
#: exit 2
#: processes 0
print("not run")
