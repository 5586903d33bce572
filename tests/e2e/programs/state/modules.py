# sys.modules, sys.meta_path and builtins as bare Python has them, but for the
# decorator `profile`, which is promised to be a builtin while profiling.
import builtins
import sys

print(list(sys.modules))
print(sys.meta_path, sys.path_hooks, list(sys.path_importer_cache))
print(sorted(set(dir(builtins)) - {"profile"}), sorted(dir(sys)))
print(sys.gettrace(), sys.getprofile(), sys.displayhook, sys.excepthook)
