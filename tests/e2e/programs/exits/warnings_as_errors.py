# A ResourceWarning turned into an error is reported, not raised.
#: run -W error {prog}
import warnings

open(__file__)
print("leaked a file")
try:
    warnings.warn("now an error", DeprecationWarning)
except DeprecationWarning as warning:
    print("caught", warning)
