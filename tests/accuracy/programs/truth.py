"""What the programs of known truth share: they measure themselves.

A program prints one line of JSON at its end; the test compares the profile with
it. CPU time is the thread's own clock, read around sections of a millisecond
and more, so that reading it costs nothing that counts.
"""

import contextlib
import json
import resource
import time

seconds = {}


@contextlib.contextmanager
def section(name):
    """Adds the thread's CPU seconds inside it to `seconds[name]`."""
    start = time.thread_time_ns()
    yield
    seconds[name] = seconds.get(name, 0.0) + (time.thread_time_ns() - start) / 1e9


@contextlib.contextmanager
def elapsed(name):
    """Adds the wall-clock seconds inside it to `seconds[name]`."""
    start = time.monotonic_ns()
    yield
    seconds[name] = seconds.get(name, 0.0) + (time.monotonic_ns() - start) / 1e9


def until(limit_s):
    """Turns until the thread has used that much CPU time."""
    end = time.thread_time_ns() + limit_s * 1e9
    while time.thread_time_ns() < end:
        yield


def usage(who=resource.RUSAGE_SELF):
    used = resource.getrusage(who)
    return used.ru_utime, used.ru_stime


def tell(**more):
    print(json.dumps({"seconds": seconds, **more}), flush=True)
