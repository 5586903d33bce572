# A tour through the standard library; the results are the same.
import collections
import csv
import datetime
import io
import itertools
import json
import pickle
import re
import struct
import xml.etree.ElementTree as tree

data = [{"n": i, "s": str(i) * 3, "f": i / 7} for i in range(2000)]
text = json.dumps(data)
print(len(text), json.loads(text) == data, pickle.loads(pickle.dumps(data)) == data)
print(len(re.findall(r'"s": "(\d+)"', text)), collections.Counter(text).most_common(3))
buffer = io.StringIO()
csv.DictWriter(buffer, ["n", "s", "f"]).writerows(data)
print(len(buffer.getvalue()), sum(1 for _ in itertools.permutations(range(7))))
root = tree.fromstring("<a>" + "<b c='d'>e</b>" * 2000 + "</a>")
print(len(root), struct.unpack("<ih", struct.pack("<ih", 7, -1)))
print(datetime.datetime(2024, 2, 29) + datetime.timedelta(days=366))
