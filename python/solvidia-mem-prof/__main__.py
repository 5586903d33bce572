"""``python3 -m solvidia-mem-prof``: the launcher, with this interpreter."""

import sys

from solvidia_mem_prof._launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
