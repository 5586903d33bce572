"""Two lines in turn: one keeps 900 kB, the other 150 kB."""

import json

kept = []
for _ in range(200):
    kept.append(bytearray(900_000))  # @large
    kept.append(bytearray(150_000))  # @small
print(json.dumps({"live": {"large": 200 * 900_000, "small": 200 * 150_000}}))
