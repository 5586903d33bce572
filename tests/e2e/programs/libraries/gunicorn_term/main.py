# gunicorn with two workers, ended by SIGTERM.
#: needs gunicorn
#: processes 0
#: timeout 90
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
argv = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}"]
server = subprocess.Popen([*argv, "--log-level", "critical", "app:app"])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(400):
    try:
        opener.open(f"http://127.0.0.1:{port}/").read()
        break
    except OSError:
        time.sleep(0.05)
print({opener.open(f"http://127.0.0.1:{port}/").read() for _ in range(20)})
os.kill(server.pid, signal.SIGTERM)
print(server.wait(30))
