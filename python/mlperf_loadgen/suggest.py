"""Suggests the name that a misspelt one was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "or_nearest"]


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return the end of an error message: "; did you mean ...?", or "" when no name is close."""
    names = list(allowed)
    # "qps" is not close to "target_qps", but is a word of it.
    containing = sorted((other for other in names if name in other.split("_")), key=len)
    matches = difflib.get_close_matches(name, names, n=1) or containing
    return f"; did you mean {matches[0]}?" if matches else ""


def or_nearest(name: str, allowed: Iterable[str]) -> str:
    """Return a sentence to follow another: ' Did you mean "p90" or "p99"?', or "".

    Of names that are equally close the first ones are taken.
    """
    order = list(allowed)
    ratios = [difflib.SequenceMatcher(None, name, other).ratio() for other in order]
    close = sorted(zip(ratios, order, strict=True), key=lambda pair: -pair[0])
    quoted = " or ".join(f'"{other}"' for ratio, other in close[:2] if ratio >= 0.6)
    return f" Did you mean {quoted}?" if quoted else ""
