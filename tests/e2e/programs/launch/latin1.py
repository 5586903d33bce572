# -*- coding: latin-1 -*-
# A latin-1 source.
#: exit 1
print("café", ascii("é"))
raise ValueError("été")
