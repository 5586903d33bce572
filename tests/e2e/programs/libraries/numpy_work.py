# numpy: matrix product, sort, random with a seed, BLAS threads.
#: needs numpy
import numpy

generator = numpy.random.default_rng(5)
a = generator.random((300, 300))
print(float((a @ a).sum()).hex(), numpy.sort(a.ravel())[:3])
print(numpy.fft.fft(numpy.arange(1000.0)).real.sum(), numpy.linalg.eigvalsh(a @ a.T)[0] > -1)
