# The trace module counts lines.
import trace


def work(n):
    total = 0
    for i in range(n):
        total += i
    return total


tracer = trace.Trace(count=True, trace=False)
tracer.runfunc(work, 100)
print(sorted((line, n) for (file, line), n in tracer.results().counts.items() if file == __file__))
