"""One line with a cheap and a costly expression."""
from truth import tell, until

data = list(range(20000, 0, -1)) * 3
few = list(range(5000))
for _ in until(1.5):
    x = len(sorted(data)) + sum(few)  # @line
tell()
