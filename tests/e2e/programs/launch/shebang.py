# A program with a #! line started as a command by a child shell.
#: processes 0
import os
import subprocess
import sys

with open("tool", "w") as file:
    file.write(f"#!{sys.executable}\nimport sys\nprint(sys.argv)\n")
os.chmod("tool", 0o755)
print(subprocess.check_output(["./tool", "a", "b c"]))
