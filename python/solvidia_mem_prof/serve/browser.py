"""Opens a page in the person's browser, without a word on the terminal."""

import os
import webbrowser


def open_page(url: str) -> bool:
    """False where no browser could be started. BROWSER is respected. Browsers that
    would take over the terminal are not used."""
    os.environ.pop("TERM", None)
    saved = [os.dup(1), os.dup(2)]
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        os.dup2(null, 2)
        return webbrowser.open(url)
    except (webbrowser.Error, OSError, ValueError):
        return False
    finally:
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for fd in (*saved, null):
            os.close(fd)
