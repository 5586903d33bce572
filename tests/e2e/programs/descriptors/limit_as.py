# RLIMIT_AS: memory runs out where it does bare, in whole MiB.
#: wrap sh -c 'ulimit -v 400000; exec "$@"' sh
import resource

print(resource.getrlimit(resource.RLIMIT_AS))
blocks = []
try:
    while True:
        blocks.append(bytearray(64 << 20))
        sum(range(20000))
except MemoryError:
    print(len(blocks), "blocks of 64 MiB")
