# Timers, masks, pending signals and dispositions as a program finds them.
import signal

print(sorted(int(n) for n in signal.valid_signals()))
print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), signal.sigpending())
for number in sorted(signal.valid_signals()):
    print(int(number), signal.getsignal(number), signal.strsignal(number))
for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
    print(signal.getitimer(timer))
