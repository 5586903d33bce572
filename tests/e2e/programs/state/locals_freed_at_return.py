# What a function holds is freed when it returns, not later.
import weakref


class Big:
    pass


def work(number):
    big = Big()
    watch.append(weakref.ref(big))
    sum(range(20000))
    return number


watch = []
alive = []
for n in range(200):
    work(n)
    alive.append(sum(ref() is not None for ref in watch))
print(set(alive))
