# sys.exit with numbers that a status can't hold: the parent sees 8 bits.
#: processes 7
#: exits 0*2 255*2 3*2 7
import subprocess
import sys

for number in (3, -1, 256, 259, 2**40 + 7, 10**30):
    code = f"import sys; sys.exit({number})"
    print(number, subprocess.call([sys.executable, "-c", code]))
