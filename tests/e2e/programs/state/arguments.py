# sys.argv, orig_argv, flags, path and what else tells how Python began.
#: run {prog} one "two words" "" --help -x é "$HOME" "*"
#: run -O -B -s -u -W ignore -X dev {prog} -- --cpu
#: run -I {prog}
#: run -m arguments --json
#: run -c "import sys; print(sys.argv, sys.orig_argv, sys.path, sys.flags)" -m x --cpu
#: run - a b
#: stdin import sys; print(sys.argv, sys.orig_argv, sys.path, __name__, dir())
import os
import sys

print(sys.argv, sys.orig_argv, sys.flags)
print(sys.path, sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix)
print(sys.warnoptions, sys._xoptions, sys.dont_write_bytecode, sys.pycache_prefix)
print(os.getcwd(), os.path.abspath(__file__), sys._base_executable)
with open("/proc/self/cmdline", "rb") as file:
    print(file.read())
