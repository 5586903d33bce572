# __del__ and weakref callbacks run in the same order at the same points.
import gc
import weakref

log = []


class Thing:
    def __init__(self, name):
        self.name = name
        weakref.finalize(self, log.append, f"finalize {name}")
        self.ref = weakref.ref(self, lambda _, n=name: log.append(f"ref {n}"))

    def __del__(self):
        log.append(f"del {self.name}")


refs = []
for i in range(300):
    thing = Thing(i)
    refs.append(weakref.ref(thing))
    log.append(f"after {i}: {sum(r() is not None for r in refs)} alive")
    sum(range(3000))
    if i % 10 == 0:
        thing.self = thing
del thing
log.append("collect")
gc.collect()
print("\n".join(log))
