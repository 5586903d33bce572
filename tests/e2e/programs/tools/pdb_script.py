# pdb with commands from stdin.
#: run -m pdb {prog}
#: stdin b work\nc\nw\np n\nc\nq\n
def work(n):
    return sum(range(n))


print(work(1000))
