# os.posix_spawn of Python and of others, with file actions and masks.
#: processes 0
import os
import signal
import sys

code = "import sys, signal; print(sorted(signal.pthread_sigmask(0, []))); sys.exit(3)"
argv = [sys.executable, "-c", code]
actions = [(os.POSIX_SPAWN_OPEN, 1, "out.txt", os.O_CREAT | os.O_WRONLY, 0o644)]
options = {"setsigmask": [signal.SIGUSR1], "setsigdef": [signal.SIGPIPE]}
pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=actions, **options)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), open("out.txt").read())
for _ in range(20):
    sum(range(20000))
    pid = os.posix_spawnp("true", ["true"], os.environ)
    print(os.waitpid(pid, 0)[1], end=" ")
try:
    os.posix_spawn("/nonexistent", ["x"], {})
except OSError as error:
    print(error)
