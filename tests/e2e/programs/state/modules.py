# sys.modules, sys.meta_path and builtins as bare Python has them.
import builtins
import sys

print(list(sys.modules))
print(sys.meta_path, sys.path_hooks, list(sys.path_importer_cache))
print(sorted(dir(builtins)), sorted(dir(sys)))
print(sys.gettrace(), sys.getprofile(), sys.displayhook, sys.excepthook)
