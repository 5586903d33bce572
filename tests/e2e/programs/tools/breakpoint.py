# breakpoint() with commands from stdin.
#: stdin p local\nn\nc\n
def work():
    local = 5
    breakpoint()
    return local


print(work())
