"""A loop of bytecode only."""
from truth import tell, until

for _ in until(1.5):
    total = 0  # @python
    for i in range(20000):  # @python
        total += i * i % 7  # @python
tell()
