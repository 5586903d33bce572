# Lambdas, comprehensions, decorators, properties, metaclasses, eval, nested code.
import functools


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Thing(metaclass=Meta):
    @property
    def value(self):
        return sum([i for i in range(50000)])

    @staticmethod
    @decorate
    def static(n):
        return {i: i for i in range(n)}


print(Thing().value, len(Thing.static(20000)), (lambda: sum(range(50000)))())
print(eval("sum(i for i in range(50000))"), Thing.static.__name__, Thing.static.__wrapped__)
print(len({i for i in range(20000)}), functools.lru_cache(decorate(len))("abc"))
