"""Four processes with known CPU time."""
import os
import time

from truth import tell, until

pipes = []
for n in range(1, 4):
    reader, writer = os.pipe()
    if os.fork() == 0:
        for _ in until(0.3 * n):
            sum(i * i for i in range(2000))
        os.write(writer, f"{os.getpid()} {time.process_time()}".encode())
        os._exit(0)
    pipes.append(reader)
for _ in until(0.3):
    sum(i * i for i in range(2000))
told = [os.read(reader, 100).split() for reader in pipes]
[os.wait() for _ in pipes]
cpu = {int(pid): float(seconds) for pid, seconds in told}
tell(cpu={**cpu, os.getpid(): time.process_time()})
