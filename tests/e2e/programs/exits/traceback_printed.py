# A traceback with causes, notes and groups, byte for byte.
#: exit 1
def inner(n):
    if n == 0:
        raise ValueError("at the bottom: ü")
    return inner(n - 1) + 1


def outer():
    try:
        inner(5)
    except ValueError as error:
        error.add_note("a note")
        raise RuntimeError("wrapped") from error


def group():
    errors = []
    for kind in (KeyError, OSError):
        try:
            raise kind("one of them")
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("several", errors)


try:
    outer()
except RuntimeError:
    group()
