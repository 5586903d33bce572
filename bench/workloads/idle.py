"""A server that nobody asks anything: threads blocked on a queue, one in accept."""
import queue
import socket
import sys
import threading
import time

work = queue.Queue()
for _ in range(int(sys.argv[1])):
    threading.Thread(target=work.get, daemon=True).start()
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=server.accept, daemon=True).start()
time.sleep(float(sys.argv[2]))
