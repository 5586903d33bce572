# An exception in a thread goes through threading.excepthook.
import threading


def fail():
    {}["missing"]


thread = threading.Thread(target=fail, name="the thread")
thread.start()
thread.join()
print("alive")
