"""What parts of the tests print at the end, whether one process has run them or several.

A part calls `say_at_the_end(title, lines)` in its conftest.py; tests/conftest.py does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Lines = Callable[[], Iterable[str]]

_parts: dict[str, Lines] = {}
_from_workers: dict[str, list[str]] = {}


def say_at_the_end(title: str, lines: Lines) -> None:
    """Registers a section; it is left out where it has no lines."""
    _parts[title] = lines


def said_here() -> dict[str, list[str]]:
    """The sections of this process."""
    return {title: said for title, lines in _parts.items() if (said := list(lines()))}


def add(sections: dict[str, list[str]]) -> None:
    """Adds the sections of a worker of pytest-xdist."""
    for title, said in sections.items():
        _from_workers.setdefault(title, []).extend(said)


def said() -> dict[str, list[str]]:
    """The sections of this process and of its workers."""
    return {**said_here(), **_from_workers}
