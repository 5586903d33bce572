# SIGSTOP and SIGCONT as the parent sees them.
#: processes 2
#: exits 0 -15
import os
import signal
import time

pid = os.fork()
if pid == 0:
    while True:
        sum(range(1000))
time.sleep(0.05)
for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM):
    os.kill(pid, number)
    _, status = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
    tests = (os.WIFSTOPPED, os.WIFCONTINUED, os.WIFSIGNALED)
    print(number.name, [test(status) for test in tests])
