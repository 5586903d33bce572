# doctest as a command.
#: run -m doctest -v {prog}
"""
>>> sum(range(1000))
499500
>>> 1 / 0
Traceback (most recent call last):
    ...
ZeroDivisionError: division by zero
"""
