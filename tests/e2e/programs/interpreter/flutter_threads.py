# The flutter test in four threads that also block.
#: check nothing_unreadable
#: check flutter
import threading
import time


def leaf_a():
    time.sleep(0.0005)


def leaf_b():
    time.sleep(0.0005)
    sum(range(300))


def hot_a():
    leaf_a()


def hot_b():
    leaf_b()


def main():
    for _ in range(300):
        hot_a()
        hot_b()


threads = [threading.Thread(target=main) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print("done")
