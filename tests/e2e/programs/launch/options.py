# Interpreter options, one launch each.
#: run -O {prog}
#: run -OO {prog}
#: run -I {prog}
#: run -B {prog}
#: run -u {prog}
#: run -W error::UserWarning {prog}
#: run -X dev {prog}
#: run -E {prog}
#: run -s {prog}
#: run -S {prog}
#: run -b {prog}
#: run -q {prog}
#: run -x {prog}
#: run -X frozen_modules=off {prog}
#: run -X int_max_str_digits=900 {prog}
#: run -X no_debug_ranges {prog}
#: run -X tracemalloc=3 {prog}
#: run -X faulthandler {prog}
#: run -X pycache_prefix=cache {prog}
#: run -P {prog}
#: env PYTHONPATH=elsewhere
"""A docstring."""
import sys
import warnings


print(__doc__, __debug__, sys.flags, sys.path[:1], sys.warnoptions)
try:
    warnings.warn("a warning")
except UserWarning as warning:
    print("error", warning)
sum(i * i for i in range(300000))
try:
    1 / 0
except ZeroDivisionError as error:
    print(list(error.__traceback__.tb_frame.f_code.co_positions())[:2])
