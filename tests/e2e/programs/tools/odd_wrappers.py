# Started by timeout, setsid, nohup, nice and stdbuf (which preloads its own).
#: wrap timeout 50 setsid -w nohup nice stdbuf -o0
import os

print(os.nice(0), os.environ["_STDBUF_O"], "libstdbuf" in os.environ["LD_PRELOAD"])
