# Code objects of the same name at the same place, made and dropped 400 times.
#: check nothing_unreadable
#: check exec_names
import sys

seen = set()
for n in range(400):
    scope = {}
    name = "even" if n % 2 == 0 else "odd"
    body = "i * i" if n % 2 == 0 else "i + i"
    source = f"def {name}_{n % 7}():\n    return sum({body} for i in range(5000))\n"
    exec(compile(source, f"<{name}>", "exec"), scope)
    seen.add(scope[f"{name}_{n % 7}"]())
print(sorted(seen))
sys.stdout.flush()
