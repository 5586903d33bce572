# sys.settrace and sys.setprofile see the program's own events only.
import sys

events = []


def trace(frame, event, argument):
    events.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace


def work(n):
    total = 0
    for i in range(n):
        total += i
    return sum(range(n)) + total


sys.settrace(trace)
work(3)
sys.settrace(None)
print(events)
events.clear()
sys.setprofile(lambda f, e, a: events.append((f.f_code.co_name, e)))
work(3)
sum(i * i for i in range(20000))
sys.setprofile(None)
print(len(events), events[:8])
