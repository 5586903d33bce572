# Children that die by each signal that kills; the parent sees which.
#: processes 0
import os
import resource
import signal

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
names = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM"
names += " STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS"
for name in names.split():
    number = getattr(signal, "SIG" + name)
    pid = os.fork()
    if pid == 0:
        signal.signal(number, signal.SIG_DFL) if name != "KILL" else None
        sum(i * i for i in range(20000))
        os.kill(os.getpid(), number)
        os._exit(0)
    print(name, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
