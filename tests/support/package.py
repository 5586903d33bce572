"""The installed package for other interpreters: a folder for PYTHONPATH with
nothing else in it."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def folder():
    """Where the package under test is installed; skips where it is not."""
    spec = importlib.util.find_spec("solvidia_mem_prof")
    if spec is None:
        pytest.skip("the package is not installed for this Python")
    return Path(spec.origin).parent


def lay_out(place, exe_path):
    """Links package and launcher as pip --target lays them out; the environment
    that finds them."""
    package = folder()
    (place / "bin").mkdir(parents=True)
    for name in ("solvidia_mem_prof", "solvidia-mem-prof"):
        (place / name).symlink_to(package.parent / name)
    (place / "bin" / "solvidia-mem-prof").symlink_to(exe_path)
    return dict(os.environ, PYTHONPATH=str(place), PYTHONDONTWRITEBYTECODE="1")


def make_venv(place, python, exe_path):
    """A venv of that interpreter with the installed files in it, as links, the one
    that interpreters read at their start among them; its python."""
    package = folder()
    if not (package.parent / "solvidia_mem_prof.pth").exists():
        pytest.skip("the package is not installed from a wheel")
    subprocess.run([python, "-m", "venv", "--without-pip", place], check=True)
    (site,) = Path(place).glob("lib/python3*/site-packages")
    for each in package.parent.glob("*solvidia*mem*prof*"):
        (site / each.name).symlink_to(each)
    (Path(place) / "bin" / "solvidia-mem-prof").symlink_to(exe_path)
    return Path(place) / "bin" / "python"


def install(folder):
    """Copies the package of the sources under `folder`: what PYTHONPATH needs."""
    source, name = ROOT / "python" / "solvidia_mem_prof", "solvidia_mem_prof"
    ignore = shutil.ignore_patterns("__pycache__", "*.in")
    shutil.copytree(source, Path(folder) / name, ignore=ignore)
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)
    text = f'__version__ = "{version[1]}"\n'
    (Path(folder) / name / "_version.py").write_text(text)
    return Path(folder)
