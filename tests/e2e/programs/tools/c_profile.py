# cProfile under the profiler: call counts are exact.
import cProfile
import io
import pstats


def leaf(n):
    return sum(range(n))


def work():
    return [leaf(100) for _ in range(500)]


profiler = cProfile.Profile()
profiler.runcall(work)
stats = pstats.Stats(profiler, stream=io.StringIO()).stats
print(sorted((name[2], value[:2]) for name, value in stats.items() if "~" not in name[0]))
