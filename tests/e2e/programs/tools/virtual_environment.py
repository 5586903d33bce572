# A virtual environment made and used by the program.
#: processes 0
#: timeout 120
import shutil
import subprocess
import sys

subprocess.run([sys.executable, "-m", "venv", "--without-pip", "env"], check=True)
code = "import sys; print(sys.prefix != sys.base_prefix, sys.prefix); sum(range(100000))"
print(subprocess.check_output(["env/bin/python", "-c", code]))
shutil.rmtree("env")
