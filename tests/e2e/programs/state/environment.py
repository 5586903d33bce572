# os.environ and the C environment, the preload apart.
#: env GREETING=hello
#: env PYTHONDONTWRITEBYTECODE=1
import os

print(sorted((k, v) for k, v in os.environ.items() if k != "LD_PRELOAD"))
with open("/proc/self/environ", "rb") as file:
    lines = [line for line in file.read().split(b"\0") if line]
print(sorted(line for line in lines if not line.startswith(b"LD_PRELOAD=")))
