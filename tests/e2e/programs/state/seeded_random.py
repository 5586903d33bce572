# A seeded random, time zones, locale: the same numbers.
import locale
import random
import time

random.seed(42)
print([random.random() for _ in range(5)], random.sample(range(1000), 5))
print(random.getstate()[1][-1], time.tzname, locale.getlocale())
print(locale.setlocale(locale.LC_ALL, None), locale.getpreferredencoding())
