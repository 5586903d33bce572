# LC_ALL=POSIX and C: coercion happens as bare.
#: env LC_ALL=POSIX
#: env LANG=
import os
import sys

print(sys.stdout.encoding, sys.flags.utf8_mode, os.environ.get("LC_CTYPE"))
print(os.environ.get("LC_ALL"), ascii(os.fsdecode(b"\xff")))
