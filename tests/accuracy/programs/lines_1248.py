"""Four lines of one loop, whose work is as 1 to 2 to 4 to 8."""
from truth import tell, until

one, two, four, eight = (range(n * 100) for n in (1, 2, 4, 8))
x = 0
for _ in until(3):
    for _ in range(50):
        for i in one: x ^= i  # @1
        for i in two: x ^= i  # @2
        for i in four: x ^= i  # @4
        for i in eight: x ^= i  # @8
tell()
