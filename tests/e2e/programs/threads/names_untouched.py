# A thread's name is read, not changed: its size, and code of the user's that would
# make it.
import sys
import threading

for text in ("plain", "naïve ☃", "bad \udcff", "é" * 100, 5):
    thread = threading.Thread(target=sum, args=(range(1000),))
    thread.name = "".join(list(text)) if isinstance(text, str) else text
    size = sys.getsizeof(thread.name)
    thread.start()
    thread.join()
    print(ascii(thread.name), size, sys.getsizeof(thread.name))


class Own(threading.Thread):
    @property
    def _name(self):
        print("asked for its name")
        return "own"

    @_name.setter
    def _name(self, value):
        pass


thread = Own()
thread.start()
thread.join()
