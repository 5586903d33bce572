# An unhandled KeyboardInterrupt: the interpreter kills itself with SIGINT.
#: exit -2
print("before", flush=True)
raise KeyboardInterrupt
