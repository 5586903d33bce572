# Objects die when and in the order in which they do without a profiler.
import gc
import weakref

ends = []


class Thing:
    def __init__(self, number):
        self.number = number
        self.data = bytes(number * 37 % 5000)
        self.me = self if number % 5 == 0 else None

    def __del__(self):
        ends.append(self.number)


things = [Thing(n) for n in range(3000)]
refs = [weakref.ref(t, lambda _, n=t.number: ends.append(-n)) for t in things]
while things:
    things.pop(len(things) * 7 // 11)
alive = sum(r() is not None for r in refs)
gc.collect()
print(len(ends), hash(tuple(ends)), alive, sum(r() is not None for r in refs))
