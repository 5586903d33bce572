# wait, wait3, wait4, waitid and pidfd: the program's children and no other.
#: processes 0
import os


def child(status):
    pid = os.fork()
    if pid == 0:
        sum(range(50000))
        os._exit(status)
    return pid


pid = child(1)
print(os.wait() == (pid, 256))
pid = child(2)
print(os.wait3(0)[:2] == (pid, 512))
pid = child(3)
print(os.wait4(pid, 0)[:2] == (pid, 768))
pid = child(4)
info = os.waitid(os.P_ALL, 0, os.WEXITED)
print(info.si_pid == pid, info.si_status)
pid = child(5)
descriptor = os.pidfd_open(pid)
print(descriptor, os.waitid(os.P_PIDFD, descriptor, os.WEXITED).si_status)
try:
    os.wait()
except ChildProcessError:
    print("no other child")
