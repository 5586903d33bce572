"""What is to be improved: from a line, a function or a range to source lines."""

import ast
from typing import Iterator, List, NamedTuple, Optional, Tuple, Union

from .errors import Refused
from .sources import lines_of

Scope = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
CONTEXT_LINES = 30  # shown around a place that is in no function


class Place(NamedTuple):
    """Lines count from 1, both ends included.

    `first`..`last` is what was asked for; `block_first`..`block_last` the whole
    function (or, outside of any, the lines around it). `function` is "" there.
    """

    path: str
    first: int
    last: int
    function: str
    block_first: int
    block_last: int


def _scopes(tree: ast.AST, prefix: str = "") -> Iterator[Tuple[str, Scope]]:
    """Functions and classes with their qualified names, outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + node.name
            yield name, node
            yield from _scopes(node, name + ".")
        else:
            yield from _scopes(node, prefix)


def _span(node: Scope) -> Tuple[int, int]:
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    return first, node.end_lineno or node.lineno


def _functions(source: str) -> List[Tuple[str, int, int]]:
    """(qualified name, first line, last line); none where it can't be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    return [
        (name, *_span(node))
        for name, node in _scopes(tree)
        if not isinstance(node, ast.ClassDef)
    ]


def _around(first: int, last: int, count: int) -> Tuple[str, int, int]:
    return "", max(1, first - CONTEXT_LINES), min(count, last + CONTEXT_LINES)


def of_lines(path: str, source: str, first: int, last: int) -> Place:
    """The place of these lines, in the innermost function that holds them all."""
    count = len(lines_of(source))
    if not 1 <= first <= last <= count:
        raise Refused(f"{path} has {count} lines, no line {first} to {last}")
    holders = [f for f in _functions(source) if f[1] <= first and last <= f[2]]
    name, begin, end = holders[-1] if holders else _around(first, last, count)
    return Place(path, first, last, name, begin, end)


def of_function(path: str, source: str, name: str, near: Optional[int]) -> Place:
    """The place of a function, by its name or qualified name; `near`: a line of
    it, where several have the name."""
    short = name.rpartition(".")[2]
    found = [f for f in _functions(source) if f[0] == name]
    found = found or [f for f in _functions(source) if f[0].endswith("." + short)]
    found = found or [f for f in _functions(source) if f[0] == short]
    if near is not None and len(found) > 1:
        found = [f for f in found if f[1] <= near <= f[2]] or found
    if not found:
        raise Refused(f"{path} has no function {name}")
    whole, first, last = found[0]
    return Place(path, first, last, whole, first, last)


def imports(source: str) -> List[str]:
    """The names of the top-level modules that the file imports, in order."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    names: List[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module.partition(".")[0])
    return list(dict.fromkeys(names))
