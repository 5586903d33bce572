# Subinterpreters that work and end.
#: needs subinterpreters
import sys

if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters
for n in range(5):
    number = interpreters.create()
    code = f"print('in interpreter', {n}, sum(i * i for i in range(200000)), flush=True)"
    if sys.version_info >= (3, 13):
        interpreters.exec(number, code)
    else:
        interpreters.run_string(number, code)
    interpreters.destroy(number)
left = interpreters.create()
print("the main one goes on", sum(range(100000)), flush=True)
