"""Comprehensions, generator expressions, lambdas: under their names or inlined."""
from truth import section, tell, until

N = 8000
square = lambda: sum(i * i for i in range(N))  # @lambda
for _ in until(3):
    with section("list"):
        [i * i for i in range(N)]  # @list
    with section("dict"):
        {i: i * i for i in range(N)}  # @dict
    with section("generator"):
        sum(i * i for i in range(N))  # @generator
    with section("lambda"):
        square()
tell()
