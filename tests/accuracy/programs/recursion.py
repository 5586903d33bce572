"""A function that calls itself: its total counts once."""
from truth import section, tell, until


def down(n):
    if n == 0:
        for i in range(20000):  # @bottom
            i * i  # @bottom
        return 0
    return down(n - 1) + 1


for _ in until(1.5):
    with section("down"):
        down(50)
tell()
