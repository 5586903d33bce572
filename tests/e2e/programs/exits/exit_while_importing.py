# An exit from inside an import.
#: exit 8
import os

with open("leaves.py", "w") as file:
    file.write("import sys\nprint('importing')\nsys.exit(8)\n")
try:
    import leaves
finally:
    os.remove("leaves.py")
