# RLIMIT_NOFILE of 12 at launch: the program can open as many as bare.
#: wrap sh -c 'ulimit -S -n 12; exec "$@"' sh
#: processes 2
import os

opened = []
try:
    while True:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(opened, error)
for number in opened:
    os.close(number)
pid = os.fork()
if pid == 0:
    sum(i * i for i in range(300000))
    os._exit(0)
print(os.waitpid(pid, 0)[1])
