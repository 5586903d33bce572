"""Which versions of the imported packages the program ran with.

Read from the names of the .dist-info folders beside the packages; nothing is
imported and no interpreter is started.
"""

import glob
import os
import re
from typing import Any, Dict, Iterable, List, Tuple

from .facts import Facts
from .shape import as_list, first_process

SITE = re.compile(r"^(.*/(?:site|dist)-packages)/([^/]+)")
MODULES_MOST = 30
# Where the project's name is not the module's.
PROJECTS = {
    "sklearn": "scikit_learn",
    "PIL": "pillow",
    "cv2": "opencv_python",
    "yaml": "PyYAML",
    "bs4": "beautifulsoup4",
    "dateutil": "python_dateutil",
}


def _folders(profile: Dict[str, Any], facts: Facts) -> List[str]:
    """Folders that hold installed packages of the profiled program."""
    found: Dict[str, None] = {}
    for file in facts.files:
        match = SITE.match(facts.path(file))
        if match:
            found[match.group(1)] = None
    command = as_list(profile.get("args"))[:1]
    for path in [first_process(profile).get("executable"), *command]:
        if isinstance(path, str) and os.path.isabs(path):
            prefix = os.path.dirname(os.path.dirname(path))
            pattern = os.path.join(glob.escape(prefix), "lib/python3*/site-packages")
            found.update(dict.fromkeys(glob.glob(pattern)))
    return list(found)


def _version(folder: str, module: str) -> str:
    project = PROJECTS.get(module, module)
    loose = re.sub(r"[-_.]+", "?", glob.escape(project))
    for path in glob.glob(os.path.join(glob.escape(folder), f"{loose}-*.dist-info")):
        return os.path.basename(path)[: -len(".dist-info")].rpartition("-")[2]
    return ""


def installed(
    profile: Dict[str, Any], facts: Facts, modules: Iterable[str]
) -> List[Tuple[str, str]]:
    """(module, version) of those imported modules whose version is known."""
    folders = _folders(profile, facts)
    found = []
    for module in list(modules)[:MODULES_MOST]:
        version = next(filter(None, (_version(f, module) for f in folders)), "")
        if version:
            found.append((module, version))
    return found
