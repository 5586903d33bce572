# A raw signalfd with every signal in it reads only what the program sent.
import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
mask = ctypes.create_string_buffer(128)
libc.sigfillset(mask)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
fd = libc.signalfd(-1, mask, os.O_NONBLOCK)
sum(i * i for i in range(1000000))
os.kill(os.getpid(), signal.SIGUSR1)
data = os.read(fd, 1280)
print(len(data) // 128, int.from_bytes(data[:4], "little"))
