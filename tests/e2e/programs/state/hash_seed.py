# With a fixed seed, sets and hashes come in the same order.
#: env PYTHONHASHSEED=7
print({"a", "b", "c", "d", "e", "f"}, hash("text"), hash(b"bytes"))
