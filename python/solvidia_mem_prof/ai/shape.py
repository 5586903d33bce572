"""Parts of an untrusted profile, read as what they should be."""

from typing import Any, Dict, List


def as_list(value: Any) -> List[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_number(value: Any) -> float:
    """0 for what is no number."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if good and abs(value) < 1e300 else 0.0


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def first_process(profile: Dict[str, Any]) -> Dict[str, Any]:
    processes = as_list(profile.get("processes"))
    return as_dict(processes[0]) if processes else {}
