# os.abort: SIGABRT.
#: exit -6
import os

os.abort()
