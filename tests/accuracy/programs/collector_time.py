"""Time of Python's garbage collector, as its callbacks tell it."""
import gc
import time

from truth import tell, until

spent = 0.0
began = 0.0


def note(phase, info):
    global spent, began
    if phase == "start":
        began = time.thread_time()
    else:
        spent += time.thread_time() - began


rings = [[n] for n in range(100000)]
for ring in rings:
    ring.append(ring)
gc.disable()
gc.callbacks.append(note)
start = time.thread_time()
for _ in until(2.5):
    gc.collect()
    for i in range(100000):
        i * i
tell(share=spent / (time.thread_time() - start))
