"""The same work under every kind of name."""
import functools

from truth import section, tell, until

N = 10000


def plain():
    for i in range(N):
        i * i


def decorate(function):
    @functools.wraps(function)
    def wrapper():
        return function()

    return wrapper


@decorate
def decorated():
    for i in range(N):
        i * i


class Thing:
    def method(self):
        for i in range(N):
            i * i

    @classmethod
    def of_class(cls):
        for i in range(N):
            i * i

    @property
    def value(self):
        for i in range(N):
            i * i

    class Inner:
        @staticmethod
        def static():
            for i in range(N):
                i * i


def make():
    def closure():
        for i in range(N):
            i * i

    return closure


def generator():
    for i in range(N):
        i * i
        if i % 1000 == 0:
            yield i


async def coroutine():
    for i in range(N):
        i * i


async def asynchronous():
    for i in range(N):
        i * i
        if i % 1000 == 0:
            yield i


async def drain():
    async for _ in asynchronous():
        pass


def run(awaitable):
    try:
        awaitable.send(None)
    except StopIteration:
        pass


thing, closure = Thing(), make()
for _ in until(3):
    with section("plain"):
        plain()
    with section("decorated"):
        decorated()
    with section("Thing.method"):
        thing.method()
    with section("Thing.of_class"):
        Thing.of_class()
    with section("Thing.value"):
        thing.value
    with section("Thing.Inner.static"):
        Thing.Inner.static()
    with section("make.<locals>.closure"):
        closure()
    with section("generator"):
        list(generator())
    with section("coroutine"):
        run(coroutine())
    with section("asynchronous"):
        run(drain())
tell()
