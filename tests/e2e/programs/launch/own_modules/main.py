# The user's own json.py, random.py, profile.py, signal_.py beside the program.
#: run {prog}
#: run -m main
import json
import profile
import random
import socket

# A .pth file of the site may have imported the library's before.
print([getattr(m, "MINE", None) for m in (json, random, profile, socket)])
sum(i * i for i in range(300000))
import pstats  # noqa: E402

print(pstats.__name__)
