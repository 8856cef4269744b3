"""Help with misspelt names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest", "writable"]


def nearest(name: str, allowed: Iterable[str]) -> str:
    """The end of an error message: "; did you mean ...?", or nothing when no name is near."""
    matches = difflib.get_close_matches(name, list(allowed), n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


def writable(name: object) -> str:
    """A name as logs can hold it: what UTF-8 cannot, half a surrogate pair, becomes "?"."""
    return str(name).encode(errors="replace").decode()
