# raise_signal and pthread_kill reach the thread they are for.
import signal
import threading
import time

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(threading.current_thread().name))
signal.raise_signal(signal.SIGUSR1)
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
signal.pthread_kill(thread.ident, signal.SIGUSR1)
time.sleep(0.05)
stop.set()
thread.join()
print(seen)
