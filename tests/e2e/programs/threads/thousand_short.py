# 1,000 short threads, 20 at a time.
#: check nothing_unreadable
import threading

done = []


def work(n):
    done.append(sum(range(20000)) + n)


for batch in range(50):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
print(len(done), threading.active_count())
