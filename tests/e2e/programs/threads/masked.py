# Threads that block every signal, busy.
import signal
import threading


def work(results):
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    results.append(sum(i * i for i in range(500000)))
    results.append(len(signal.sigpending()))


results = []
threads = [threading.Thread(target=work, args=(results,)) for _ in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sorted(results))
