"""Opens a file in the browser; exit 1 where there is none. For the launcher."""

import pathlib
import sys
from typing import List

from .browser import open_page


def main(words: List[str]) -> int:
    try:
        url = pathlib.Path(words[0]).resolve(strict=True).as_uri()
    except (OSError, IndexError):
        return 1
    return 0 if open_page(url) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
