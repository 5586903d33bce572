# The user's own json.py, random.py, profile.py, signal_.py beside the program.
#: run {prog}
#: run -m main
import json
import profile
import random
import socket

print(json.MINE, random.MINE, profile.MINE, socket.MINE)
sum(i * i for i in range(300000))
import pstats  # noqa: E402

print(pstats.__name__)
