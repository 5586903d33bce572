# os.register_at_fork functions run in their order, in parent and child.
#: processes 2
import os

calls = []
for name in ("one", "two"):
    os.register_at_fork(
        before=lambda name=name: calls.append(f"before {name}"),
        after_in_parent=lambda name=name: calls.append(f"parent {name}"),
        after_in_child=lambda name=name: calls.append(f"child {name}"),
    )
pid = os.fork()
if pid == 0:
    print(calls, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print(calls)
