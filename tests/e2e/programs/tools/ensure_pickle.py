# Pickles of __main__'s classes and functions, across processes.
#: processes 0
import pickle
import subprocess
import sys


class Thing:
    def __reduce__(self):
        return (Thing, ())


data = pickle.dumps([Thing(), Thing, len])
print(data)
code = "import sys, pickle; print(pickle.loads(sys.stdin.buffer.read())[1:])"
done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps([1, dict, len]), stdout=-1)
print(done.stdout)
