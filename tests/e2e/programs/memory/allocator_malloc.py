# This process itself with malloc, glibc's checks on.
#: env PYTHONMALLOC=malloc
#: env MALLOC_PERTURB_=165
#: env MALLOC_CHECK_=3
kept = [[i] * (i % 50) for i in range(20000)]
print(sum(map(len, kept)), bytes(3), bytearray(b"x") * 3)
