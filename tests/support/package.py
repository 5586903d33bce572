"""The installed package for other interpreters: a folder for PYTHONPATH with
nothing else in it."""

import importlib.util
import os
from pathlib import Path

import pytest


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
