# Signals that were blocked when the program was launched stay so.
#: wrap env --block-signal=USR1,TERM,HUP,CHLD,WINCH,INT --default-signal=PIPE
import signal

print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), signal.sigpending())
