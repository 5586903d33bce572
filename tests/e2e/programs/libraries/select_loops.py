# select, poll, epoll and selectors with exact time-outs.
import os
import select
import selectors
import threading
import time

reader, writer = os.pipe()
start = time.monotonic()
print(select.select([reader], [], [], 0.05), select.poll().poll(50))
epoll = select.epoll()
epoll.register(reader, select.EPOLLIN)
print(epoll.poll(0.05), time.monotonic() - start >= 0.149)
threading.Timer(0.05, os.write, (writer, b"x")).start()
selector = selectors.DefaultSelector()
selector.register(reader, selectors.EVENT_READ)
print([key.fd == reader for key, _ in selector.select(5)], os.read(reader, 5))
