# Frames kept by tracebacks and inspect, cleared, and their locals.
import sys


def keep():
    local = list(range(10))
    return sys._getframe(), local


frames = [keep()[0] for _ in range(50)]
sum(i * i for i in range(300000))
print({f.f_lineno for f in frames}, {f.f_back is None for f in frames})
for frame in frames:
    frame.clear()
try:
    1 / 0
except ZeroDivisionError as error:
    print(error.__traceback__.tb_lineno, error.__traceback__.tb_frame.f_code.co_name)
