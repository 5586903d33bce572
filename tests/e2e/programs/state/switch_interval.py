# Interpreter-wide settings are untouched.
import sys
import threading

print(sys.getswitchinterval(), sys.flags.int_max_str_digits, sys.hash_info)
print(sys.get_asyncgen_hooks(), sys.get_coroutine_origin_tracking_depth())
print(sys.getdlopenflags(), sys.float_repr_style, sys.is_finalizing())
print(threading.gettrace() if hasattr(threading, "gettrace") else None)
