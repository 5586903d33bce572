"""The Python package as it is installed, for programs that import it."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def install(folder):
    """Copies it under `folder`, which then is what PYTHONPATH needs."""
    source, name = ROOT / "python" / "solvidia_mem_prof", "solvidia_mem_prof"
    ignore = shutil.ignore_patterns("__pycache__", "*.in")
    shutil.copytree(source, Path(folder) / name, ignore=ignore)
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)
    text = f'__version__ = "{version[1]}"\n'
    (Path(folder) / name / "_version.py").write_text(text)
    return Path(folder)
