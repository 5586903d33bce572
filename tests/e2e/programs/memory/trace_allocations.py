# tracemalloc: what the program's lines allocate.
import tracemalloc

tracemalloc.start(5)
before = tracemalloc.take_snapshot()
kept = [bytes(1000) for _ in range(1000)]
after = tracemalloc.take_snapshot()
own = [tracemalloc.Filter(True, __file__)]
for difference in after.filter_traces(own).compare_to(before.filter_traces(own), "lineno"):
    if difference.size_diff > 10000:
        print(difference.traceback[0].lineno, difference.count_diff)
print(tracemalloc.get_object_traceback(kept[5])[0].lineno)
tracemalloc.stop()
