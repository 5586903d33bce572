"""The native launcher's door to this package: runs one of its verbs.

    python -I -S -B .../solvidia_mem_prof/_verb.py VERB WORDS...

Started by path and isolated, so that nothing of the current folder or of the
environment (a json.py, PYTHONPATH, a sitecustomize) takes part.
"""

import os
import sys

VERBS = {
    "serve": "solvidia_mem_prof.serve.__main__",
    "suggest": "solvidia_mem_prof.ai.__main__",
    "open": "solvidia_mem_prof.serve.open_file",
}


def main():
    if sys.version_info < (3, 8):
        sys.stderr.write("solvidia-mem-prof: Python 3.8 or later is needed for this\n")
        return 2
    package = os.path.dirname(os.path.abspath(__file__))
    sys.path.append(os.path.dirname(package))
    from importlib import import_module

    return import_module(VERBS[sys.argv[1]]).main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
