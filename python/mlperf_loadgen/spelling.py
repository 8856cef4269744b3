"""Help with misspelt names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest", "shown", "writable"]


def nearest(name: str, allowed: Iterable[str]) -> str:
    """The end of an error message: "; did you mean ...?", or nothing when no name is near."""
    names = list(allowed)
    # "qps" is not close to "target_qps", but is a word of it.
    whole = sorted((other for other in names if name in other.split("_")), key=len)
    matches = difflib.get_close_matches(name, names, n=1) or whole
    return f"; did you mean {matches[0]}?" if matches else ""


def writable(name: object) -> str:
    """A name as logs can hold it: what UTF-8 cannot, half a surrogate pair, becomes "?"."""
    return str(name).encode(errors="replace").decode()


def shown(value: object) -> str:
    """What an error says was given, however large it is."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        return f"a number of type {type(value).__name__} that is too large to show"
    return text if len(text) <= 80 else f"{text[:80]}..."
