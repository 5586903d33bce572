# SIGKILL: nothing after it, the profile is there all the same.
#: exit -9
import os
import signal

print("before", flush=True)
sum(i * i for i in range(1000000))
os.kill(os.getpid(), signal.SIGKILL)
print("after")
