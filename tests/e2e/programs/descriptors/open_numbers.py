# The numbers of open descriptors, at start and later, and what the next is.
#: processes 2
import os


def numbers():
    return sorted(map(int, os.listdir("/proc/self/fd")))


print(numbers())
sum(i * i for i in range(1000000))
print(numbers())
first = os.open("/dev/null", os.O_RDONLY)
print(first, os.dup(first), os.pipe())
pid = os.fork()
if pid == 0:
    sum(i * i for i in range(300000))
    print(numbers(), os.open("/dev/null", os.O_RDONLY), flush=True)
    os._exit(0)
os.waitpid(pid, 0)
