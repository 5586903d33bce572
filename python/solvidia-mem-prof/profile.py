"""``python3 -m solvidia-mem-prof.profile --on|--off --pid N``."""

import sys

from solvidia_mem_prof._launcher import main

if __name__ == "__main__":
    sys.exit(main(["profile", *sys.argv[1:]]))
