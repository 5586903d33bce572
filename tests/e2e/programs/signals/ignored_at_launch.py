# Signals that were ignored when the program was launched stay so, like nohup's.
#: wrap sh -c 'trap "" HUP INT QUIT TERM USR1 PIPE TSTP CHLD; exec "$@"' sh
import signal
import subprocess

print([s.name for s in signal.Signals if signal.getsignal(s) == signal.SIG_IGN])
print(subprocess.call(["sh", "-c", "exit 5"], restore_signals=False))
