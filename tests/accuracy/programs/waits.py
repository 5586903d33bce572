"""Waiting of known length and kind, on a line each."""
import ctypes
import os
import queue
import select
import subprocess
import threading
import time

from truth import elapsed, tell

LONG = 0.4


def later(function, *arguments):
    threading.Timer(LONG, function, arguments).start()


lock, tasks, event = threading.Lock(), queue.Queue(), threading.Event()
lock.acquire()
with elapsed("sleep"):
    time.sleep(LONG)  # @sleep
later(lock.release)
with elapsed("lock"):
    lock.acquire()  # @lock
later(tasks.put, 1)
with elapsed("queue"):
    tasks.get()  # @queue
later(event.set)
with elapsed("event"):
    event.wait()  # @event
reader, writer = os.pipe()
later(os.write, writer, b"x")
with elapsed("pipe"):
    os.read(reader, 1)  # @pipe
with elapsed("select"):
    select.select([reader], [], [], LONG)  # @select
poll = select.poll()
poll.register(reader, select.POLLIN)
with elapsed("poll"):
    poll.poll(LONG * 1000)  # @poll
child = subprocess.Popen(["sleep", str(LONG)])
with elapsed("child"):
    child.wait()  # @child
thread = threading.Thread(target=time.sleep, args=(LONG,))
thread.start()
with elapsed("join"):
    thread.join()  # @join
held = ctypes.PyDLL(None)
started = threading.Event()


def hold_the_gil():
    started.set()
    held.usleep(int(LONG * 1e6))


thread = threading.Thread(target=hold_the_gil)
thread.start()
started.wait()
with elapsed("gil"):
    time.sleep(0)  # @gil
    for _ in range(1000):  # @gil
        pass
thread.join()
tell()
