# A raw connect() that blocks (full backlog) sees no EINTR from us.
import ctypes
import errno
import socket
import threading

libc = ctypes.CDLL(None, use_errno=True)
server = socket.socket(socket.AF_UNIX)
server.bind("\0smp-test-" + open("/proc/self/stat").read().split()[0])
server.listen(0)
path = server.getsockname()
address = socket.AF_UNIX.to_bytes(2, "little") + path
interrupted = 0
for _ in range(10):
    first = socket.socket(socket.AF_UNIX)
    first.connect(path)
    second = socket.socket(socket.AF_UNIX)
    timer = threading.Timer(0.02, lambda: [server.accept(), sum(range(200000))])
    timer.start()
    result = libc.connect(second.fileno(), address, len(address))
    interrupted += result == -1 and ctypes.get_errno() == errno.EINTR
    timer.join()
    server.accept()
print("EINTR:", interrupted)
