# /proc/self/exe, cwd and root are the program's own.
import os
import sys

print(os.readlink("/proc/self/exe") == os.path.realpath(sys.executable))
print(os.readlink("/proc/self/cwd") == os.getcwd(), os.readlink("/proc/self/root"))
print(sorted(os.listdir("/dev/fd/"))[:3])
