"""A subinterpreter's code, run by the main thread and by another."""
import sys
import threading

if sys.version_info >= (3, 13):
    import _interpreters as interpreters

    run = interpreters.exec
else:
    import _xxsubinterpreters as interpreters

    run = interpreters.run_string

from truth import section, tell

CODE = """
def inside():
    for n in range(5_000_000):
        n + n
inside()
"""
number = interpreters.create()


def work():
    with section("inside"):
        run(number, CODE)


work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
interpreters.destroy(number)
tell()
