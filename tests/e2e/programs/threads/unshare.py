# unshare of what a process with a second thread may not: it has one thread.
import ctypes

sum(i * i for i in range(1000000))
libc = ctypes.CDLL(None, use_errno=True)
CLONE_THREAD, CLONE_SIGHAND, CLONE_VM, CLONE_FS = 0x10000, 0x800, 0x100, 0x200
for flag in (CLONE_THREAD, CLONE_SIGHAND | CLONE_THREAD, CLONE_VM, CLONE_FS):
    print(hex(flag), libc.unshare(flag), ctypes.get_errno())
