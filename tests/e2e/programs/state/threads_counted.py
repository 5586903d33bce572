# Threads of Python and of the kernel: only the program's.
import os
import threading

sum(i * i for i in range(1000000))
print([t.name for t in threading.enumerate()], threading.active_count())
print(len(os.listdir("/proc/self/task")), os.listdir("/proc/self/task") == [str(os.getpid())])
print(threading.current_thread().name, threading.get_native_id() == os.getpid())
print(open("/proc/self/comm").read(), threading.stack_size())
