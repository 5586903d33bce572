"""``python3 -m solvidia_mem_prof``: the launcher, with this interpreter."""

import sys

from ._launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
