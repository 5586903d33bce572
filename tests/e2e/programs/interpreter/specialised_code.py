# Hot loops that the adaptive interpreter specialises and takes back.
#: check nothing_unreadable
def add(a, b):
    return a + b


total = 0
for i in range(200000):
    total += add(i, 1)
text = ""
for i in range(5000):
    text = add(text, "x")
floats = 0.0
for i in range(50000):
    floats = add(floats, 0.5)
print(total, len(text), floats)


class A:
    x = 1


class B:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 2


things = [A(), B()] * 20000
print(sum(thing.x for thing in things))
