# hot_a calls leaf_a, hot_b calls leaf_b: no stack may mix the two.
#: check nothing_unreadable
#: check flutter
def leaf_a():
    x = 0
    for i in range(30):
        x += i
    return x


def leaf_b():
    x = 0
    for i in range(30):
        x -= i
    return x


def hot_a():
    return leaf_a()


def hot_b():
    return leaf_b()


def main():
    total = 0
    for _ in range(200000):
        total += hot_a()
        total += hot_b()
    return total


print(main())
