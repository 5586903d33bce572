"""What the tests of proposals share: a slow program, its profile, good answers."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
try:
    import solvidia_mem_prof.ai  # noqa: F401
except ImportError:  # a build folder holds the package too
    sys.path.append(os.environ.get("SMP_BUILD", str(ROOT / "build" / "plain")))

PACKAGE = Path(__import__("solvidia_mem_prof").__file__).resolve().parent
DOOR = Path(__import__("solvidia_mem_prof").__file__).parent / "_verb.py"

SLOW = textwrap.dedent(
    '''\
    """A program with one slow function."""
    import json
    import sys


    def unique(items):
        seen = []
        for item in items:
            if item not in seen:
                seen.append(item)
        return seen


    def main():
        total = 0
        for i in range(10):
            total += len(unique([(k * 7919) % 1200 for k in range(2400)]))
        print(json.dumps({"total": total}))


    if __name__ == "__main__":
        main()
    '''
)
GOOD_DIFF = textwrap.dedent(
    """\
    --- a/slow.py
    +++ b/slow.py
    @@ -6,6 +6,2 @@
     def unique(items):
    -    seen = []
    -    for item in items:
    -        if item not in seen:
    -            seen.append(item)
    -    return seen
    +    return list(dict.fromkeys(items))
    """
)


def answer(diff, diagnosis="`item not in seen` searches a list."):
    return (
        f"DIAGNOSIS\n{diagnosis}\n\nDIFF\n```diff\n{diff}```\n\n"
        "EXPECTED EFFECT\nMuch faster.\n\nRISK\nItems must be hashable.\n"
    )


def record(exe, folder, text=SLOW, name="slow.py", arguments=(), exit_=0):
    """Profiles the program; the profile's path."""
    (folder / name).write_text(text)
    done = subprocess.run(
        [exe, "--json", "--python", sys.executable, name, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == exit_, done
    return folder / "profile.json"


def tree(folder):
    """Every file below a folder with its bytes."""
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
