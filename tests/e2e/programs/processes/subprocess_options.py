# Popen with close_fds, pass_fds, preexec_fn, start_new_session, cwd, umask.
#: processes 0
import os
import subprocess
import sys

code = "import os; print(sorted(os.listdir('/proc/self/fd')), oct(os.umask(0)))"
python = [sys.executable, "-c", code]


def show(**options):
    print(list(options), subprocess.check_output(python, **options), flush=True)


reader, writer = os.pipe()
os.set_inheritable(writer, True)
show(close_fds=True)
show(close_fds=False)
show(pass_fds=[writer])
show(preexec_fn=lambda: os.umask(0o77))
show(start_new_session=True)
show(cwd="/", umask=0o27)
show(preexec_fn=lambda: sum(range(100000)), close_fds=False)
