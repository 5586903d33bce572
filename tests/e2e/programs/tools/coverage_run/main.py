# coverage: the same lines.
#: needs coverage
#: run -m coverage run --branch main.py
def work(n):
    if n > 5:
        return sum(range(n))
    return 0


print(work(10))
