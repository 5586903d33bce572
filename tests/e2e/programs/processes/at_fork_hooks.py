# os.register_at_fork functions run, in order, with pthread_atfork's.
#: processes 2
import os

for name in ("one", "two"):
    os.register_at_fork(
        before=lambda name=name: print("before", name, flush=True),
        after_in_parent=lambda name=name: print("parent", name, flush=True),
        after_in_child=lambda name=name: os.write(1, b"child %s\n" % name.encode()),
    )
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
