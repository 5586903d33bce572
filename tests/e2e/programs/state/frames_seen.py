# No frame of ours above or below the program's.
import inspect
import traceback
import threading


def inner():
    traceback.print_stack()
    print([f.function for f in inspect.stack()])


inner()
threading.Thread(target=inner).start()
