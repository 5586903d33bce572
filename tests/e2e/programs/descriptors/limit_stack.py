# RLIMIT_STACK of 256 KiB at launch.
#: wrap sh -c 'ulimit -S -s 256; exec "$@"' sh
import json
import resource

print(resource.getrlimit(resource.RLIMIT_STACK))
sum(i * i for i in range(300000))
print(json.dumps([[[]]] * 3))
