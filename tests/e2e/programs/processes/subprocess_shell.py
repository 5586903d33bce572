# os.system, os.popen, shell=True, pipelines with Python in the middle.
#: processes 3
import os
import subprocess
import sys

print(os.waitstatus_to_exitcode(os.system("exit 7")), flush=True)
print(os.popen("echo popen; exit 0").read())
upper = "import sys; print(sys.stdin.read().upper())"
line = f"echo text | '{sys.executable}' -c '{upper}' | sed s/T/t/"
print(subprocess.check_output(line, shell=True))
print(subprocess.run(f"'{sys.executable}' -c 'raise SystemExit(9)'", shell=True).returncode)
