# Subinterpreters run by threads.
#: needs subinterpreters
import sys
import threading

if sys.version_info >= (3, 13):
    import _interpreters as interpreters

    run = interpreters.exec
else:
    import _xxsubinterpreters as interpreters

    run = interpreters.run_string


def work(number):
    run(number, "x = sum(i * i for i in range(300000))")


numbers = [interpreters.create() for _ in range(3)]
threads = [threading.Thread(target=work, args=(n,)) for n in numbers]
[t.start() for t in threads]
[t.join() for t in threads]
[interpreters.destroy(n) for n in numbers]
print("done", len(interpreters.list_all()))
