"""The way from Python code to the recorder in this process.

Where there is one it answers an audit event with its callables; where there is
none nobody does. So that programs need not pay for each of their own events, it
listens only once os.ctermid() was called.
"""

import os
import sys
from typing import Any, Callable, Dict, List, Optional

EVENT = "solvidia_mem_prof.bridge"
VERSION = 1

# What the recorder answered. Whoever loads a recorder late calls find() again.
found: Optional[Dict[str, Any]] = None


def find() -> Optional[Dict[str, Any]]:
    """Asks, unless it is known: the recorder's callables by name, or None."""
    global found
    if found is None:
        box: List[Dict[str, Any]] = []
        os.ctermid()
        sys.audit(EVENT, box)
        if box and box[0].get("version") == VERSION:
            found = box[0]
    return found


def get(name: str) -> Optional[Callable[..., Any]]:
    """One of them: region, select, mark, start, stop, is_active, request, join,
    leave, session. None where there is no recorder, or none that has it."""
    return found.get(name) if found is not None else None


find()
