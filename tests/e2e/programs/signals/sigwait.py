# sigwait, sigtimedwait and sigwaitinfo.
import os
import signal

numbers = {signal.SIGUSR1, signal.SIGUSR2}
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
sum(i * i for i in range(300000))
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), signal.sigwait(numbers))
print(signal.sigtimedwait(numbers, 0.05))
everything = signal.valid_signals() - {signal.SIGCHLD}
signal.pthread_sigmask(signal.SIG_BLOCK, everything)
sum(i * i for i in range(300000))
print(signal.sigtimedwait(everything, 0.2))
os.kill(os.getpid(), signal.SIGUSR2)
info = signal.sigwaitinfo(numbers)
print(info.si_signo, info.si_code, info.si_pid == os.getpid())
