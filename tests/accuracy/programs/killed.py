"""Children that are killed and collected at once."""
import os
import signal
import time

from truth import tell, until

cpu = {}
for _ in range(4):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for _ in until(0.2):
            sum(i * i for i in range(2000))
        os.write(writer, str(time.process_time()).encode())
        signal.pause()
    cpu[child] = float(os.read(reader, 100))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
tell(cpu=cpu)
