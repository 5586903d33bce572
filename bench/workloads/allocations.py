"""Programs that do little but allocate: allocations.py objects|lists|dicts|churn TIMES."""
import sys


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def objects():
    """Objects with slots, all kept until the end of a turn."""
    return [Point(i, i + 0.5) for i in range(200_000)]


def lists():
    """Lists that grow, a hundred at a time."""
    grown = [[] for _ in range(100)]
    for i in range(6_000):
        for one in grown:
            one.append(i)
    return grown


def dicts():
    """Dictionaries that grow, a hundred at a time."""
    grown = [{} for _ in range(100)]
    for i in range(2_500):
        for one in grown:
            one[i] = i
    return grown


def churn():
    """Tuples, lists and strings that come and go."""
    for i in range(250_000):
        _ = (i, [i, str(i)])


kind = {"objects": objects, "lists": lists, "dicts": dicts, "churn": churn}[sys.argv[1]]
for _ in range(int(sys.argv[2])):
    kind()
