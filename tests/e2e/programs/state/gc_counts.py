# The garbage collector's counts, thresholds, callbacks, objects and statistics.
import gc
import sys

print(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_debug())
gc.collect()
before = len(gc.get_objects())
kept = []
for i in range(5000):
    ring = [i]
    ring.append(ring)
    kept.append({})
print(len(gc.get_objects()) - before > 0, gc.collect() > 0)
print(len(gc.garbage), gc.get_freeze_count(), len(gc.get_stats()))
counts = []
gc.callbacks.append(lambda phase, info: counts.append((phase, info["generation"])))
for i in range(20000):
    ring = [i]
    ring.append(ring)
gc.callbacks.clear()
print(counts)
