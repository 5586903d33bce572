# Code objects as the program sees them, before and after they are hot.
import dis


def work(n):
    total = 0
    for i in range(n):
        total += i * i
    return total


before = work.__code__.co_code
listing = [(i.opname, i.argval) for i in dis.get_instructions(work)]
work(500000)
print(work.__code__.co_code == before, listing)
print(list(work.__code__.co_lines()), hash(work.__code__) == hash(work.__code__.replace()))
