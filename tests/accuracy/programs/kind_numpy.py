"""A matrix product."""
import numpy
from truth import section, tell, until

a = numpy.random.default_rng(1).random((400, 400))
for _ in until(2):
    with section("matmul"):
        a @ a  # @matmul
tell()
