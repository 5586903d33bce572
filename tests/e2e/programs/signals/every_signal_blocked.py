# Every signal blocked while busy: the mask is read back, nothing is pending.
import signal

signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
sum(i * i for i in range(1000000))
print(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), signal.sigpending())
