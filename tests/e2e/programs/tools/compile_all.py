# compileall writes the same files.
#: run -m compileall -q .
print("not run")
