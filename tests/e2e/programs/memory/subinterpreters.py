# Interpreters in one process allocate, end, and go.
import threading

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

code = """
kept = [bytes(n % 3000) for n in range(30000)]
table = {n: str(n) for n in range(20000)}
"""


def one():
    for _ in range(5):
        number = interpreters.create()
        interpreters.run_string(number, code)
        interpreters.destroy(number)


threads = [threading.Thread(target=one) for _ in range(3)]
[t.start() for t in threads]
[t.join() for t in threads]
print(len(interpreters.list_all()))
