"""A program of so many threads that are all there at once and wait or work."""
import sys
import threading
import time

count, seconds = int(sys.argv[1]), float(sys.argv[2])
end = time.monotonic() + seconds
done = threading.Event()


def work(n):
    while not done.wait(0.2 + n % 10 * 0.1):
        sum(range(2000))


threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
for thread in threads:
    thread.start()
time.sleep(max(0, end - time.monotonic()))
done.set()
for thread in threads:
    thread.join()
