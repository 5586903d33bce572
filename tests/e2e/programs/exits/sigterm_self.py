# Death by SIGTERM's default action.
#: exit -15
import os
import signal

print("before", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
