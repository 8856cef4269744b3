"""Suggests the name that a misspelt one was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return the end of an error message: "; did you mean ...?", or "" when no name is close."""
    names = list(allowed)
    # "qps" is not close to "target_qps", but is a word of it.
    containing = sorted((other for other in names if name in other.split("_")), key=len)
    matches = difflib.get_close_matches(name, names, n=1) or containing
    return f"; did you mean {matches[0]}?" if matches else ""
