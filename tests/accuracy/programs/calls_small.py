"""A function call of a fraction of a microsecond beside the same work inlined."""
from truth import section, tell, until


def small(a, b):
    return a * b + a - b  # @small


for _ in until(3):
    with section("calling"):
        for i in range(20000):  # @calling
            small(i, 3)  # @calling
    with section("inlined"):
        for i in range(20000):  # @inlined
            i * 3 + i - 3  # @inlined
tell()
