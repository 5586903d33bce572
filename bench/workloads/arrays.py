"""numpy: elementwise work, sorting and products of matrices."""
import sys
import time

import numpy

RANDOM = numpy.random.default_rng(1)


def step():
    a = RANDOM.random((120, 120))
    b = a @ a.T
    c = numpy.sort(b, axis=1)
    return numpy.exp(-c).sum() + numpy.linalg.det(a)


while time.process_time() < float(sys.argv[1]):
    step()
