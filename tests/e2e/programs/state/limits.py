# Resource limits, nice value, affinity, umask and priority as the user set them.
#: run {prog}
#: wrap sh -c 'umask 027; ulimit -S -n 100; ulimit -S -s 4096; ulimit -S -c 0; exec nice -n 3 "$@"' sh
import os
import resource

for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT_")):
    print(name, resource.getrlimit(getattr(resource, name)))
print(os.nice(0), os.sched_getaffinity(0), os.sched_getscheduler(0))
print(oct(os.umask(0)), os.getpriority(os.PRIO_PROCESS, 0))
