# A read of address 0.
#: exit -11
import ctypes

ctypes.string_at(0)
