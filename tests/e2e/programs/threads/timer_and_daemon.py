# threading.Timer, daemon threads blocked in C at exit.
import os
import threading

reader, _ = os.pipe()
threading.Thread(target=os.read, args=(reader, 1), daemon=True).start()
done = threading.Event()
threading.Timer(0.05, done.set).start()
print(done.wait(5))
