# RecursionError: depth, message and repeated lines of the traceback.
#: exit 1
depth = 0


def down():
    global depth
    depth += 1
    down()


try:
    down()
except RecursionError as error:
    print(depth, error)
down()
