# CPU clocks of process and thread run, and agree, while sampled.
import resource
import time

start, cpu = time.thread_time(), time.process_time()
sum(i * i for i in range(2000000))
thread, process = time.thread_time() - start, time.process_time() - cpu
usage = resource.getrusage(resource.RUSAGE_SELF)
print(thread > 0, abs(thread - process) < 0.02 + thread / 10)
print(usage.ru_utime + usage.ru_stime >= process)
