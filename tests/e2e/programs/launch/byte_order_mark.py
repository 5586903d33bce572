# A source with a byte order mark.
#: exit 1
print("ü")
raise ValueError("ü")
