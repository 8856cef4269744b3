"""BLEU of a corpus, Papineni et al., 2002, counted as the official script counts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import exp, log

_ORDER = 4  # the longest n-gram


def bleu(pairs: Iterable[tuple[str, str]]) -> float:
    """0..100, of pairs of a translation and its only reference, not smoothed.

    Words are what single spaces divide, and case counts: two spaces have an empty word between
    them, and an empty text is one empty word.
    """
    found, there = [0] * _ORDER, [0] * _ORDER
    length = expected = 0
    for translation, reference in pairs:
        words, wanted = translation.split(" "), reference.split(" ")
        length += len(words)
        expected += len(wanted)
        for n in range(_ORDER):
            found[n] += (_grams(words, n + 1) & _grams(wanted, n + 1)).total()
            there[n] += max(0, len(words) - n)
    if not all(found):
        return 0.0
    precision = sum(log(some / all_) for some, all_ in zip(found, there, strict=True)) / _ORDER
    return 100 * exp(precision + min(0.0, 1 - expected / length))


def _grams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))
