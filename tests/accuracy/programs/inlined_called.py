"""The same work written out and called, in turn."""
from truth import section, tell, until


def called(n):
    x = 0  # @called
    for i in range(n):  # @called
        x += i * 3 % 5  # @called
    return x  # @called


for _ in until(3):
    with section("inlined"):
        x = 0  # @inlined
        for i in range(30000):  # @inlined
            x += i * 3 % 5  # @inlined
    with section("called"):
        called(30000)
tell()
