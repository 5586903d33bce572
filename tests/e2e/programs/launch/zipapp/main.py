# A zip file with __main__.py and a module in it.
#: prepare zipapp
#: run app.pyz one
#: exit 1
import sys

import part

print(sys.argv, sys.path[0], __file__, part.__file__, __spec__)
part.fail()
