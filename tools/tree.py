"""The files of the tree, as the checks see them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def tracked():
    """Files of the tree that git would keep; all of them where there is no git."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        names = done.stdout.splitlines()
    else:
        folders = ("src", "tests", "python", "tools", "cmake", "bench")
        names = [
            str(path.relative_to(ROOT))
            for folder in folders
            for path in (ROOT / folder).rglob("*")
        ]
    return sorted(name for name in set(names) if (ROOT / name).is_file())
