"""Regions: parts of a program by name, as context manager and as decorator."""

import functools
from typing import Any, Callable, Optional, Type, TypeVar, cast

from . import _bridge

_F = TypeVar("_F", bound=Callable[..., Any])

# Of a code object's co_flags.
GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200


def _wrap_generator(kind: Any, name: str, function: Any) -> Any:
    @functools.wraps(function)
    def inside(*arguments: Any, **keywords: Any) -> Any:
        with kind(name):
            return (yield from function(*arguments, **keywords))

    return inside


def _wrap_coroutine(kind: Any, name: str, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*arguments: Any, **keywords: Any) -> Any:
        with kind(name):
            return await function(*arguments, **keywords)

    return inside


def _wrap_async_generator(kind: Any, name: str, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*arguments: Any, **keywords: Any) -> Any:
        with kind(name):
            steps = function(*arguments, **keywords)
            try:
                value = await steps.__anext__()
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        value = await steps.athrow(error)
                    else:
                        value = await steps.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await steps.aclose()

    return inside


def _wrap_function(kind: Any, name: str, function: Any) -> Any:
    @functools.wraps(function)
    def inside(*arguments: Any, **keywords: Any) -> Any:
        with kind(name):
            return function(*arguments, **keywords)

    return inside


def wrap(kind: Any, name: str, function: _F) -> _F:
    """The function in a region; what it is (a coroutine, say) it stays."""
    if isinstance(function, (classmethod, staticmethod)):
        inner = wrap(kind, name, cast(_F, function.__func__))
        return cast(_F, type(function)(inner))
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    if flags & ASYNC_GENERATOR:
        make = _wrap_async_generator
    elif flags & COROUTINE:
        make = _wrap_coroutine
    elif flags & GENERATOR:
        make = _wrap_generator
    else:
        make = _wrap_function
    return cast(_F, make(kind, name, function))


class region:
    """A part of the program by name: its wall clock exactly, its CPU time and
    memory from samples. Costs nothing worth measuring without a profiler.

        with region("load"):
            ...

        @region("parse")
        def parse(text): ...
    """

    __slots__ = ("name",)

    name: str

    def __new__(cls, name: str) -> "region":
        if _bridge.found is not None:  # loaded after this class was taken
            return cast(region, _recorded()(name))
        if not isinstance(name, str):
            raise TypeError("region() takes one name: a str")
        self = object.__new__(cls)
        self.name = name
        return self

    def __enter__(self) -> "region":
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __call__(self, function: _F) -> _F:
        return function


_made: Optional[Type[Any]] = None


def _recorded() -> Type[Any]:
    """The class that measures: entered and left in C."""
    global _made
    if _made is None:
        base: Any = _bridge.get("region")

        class recorded(base):
            __slots__ = ()
            __doc__ = region.__doc__

            def __call__(self, function: _F) -> _F:
                return wrap(recorded, self.name, function)

        recorded.__name__ = recorded.__qualname__ = "region"
        recorded.__module__ = "solvidia_mem_prof"
        _made = recorded
    return _made


region.__module__ = "solvidia_mem_prof"
if _bridge.found is not None:
    region = _recorded()  # type: ignore[misc]
