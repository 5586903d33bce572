# A daemon by double fork, with a new session and closed descriptors.
#: processes 3
#: exits 0*3
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open("daemon.txt", "w") as file:
            sum(i * i for i in range(1000000))
            file.write(f"parent died: {os.getppid() != os.getsid(0)}\n")
        os._exit(0)
    os._exit(0)
os.wait()
while not os.path.exists("daemon.txt") or not os.path.getsize("daemon.txt"):
    time.sleep(0.01)
print(open("daemon.txt").read())
