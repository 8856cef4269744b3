"""Counts durations in log-linear bins: what columns of time keep of any number of samples.

Below 64 ns each value has a bin of its own; above, an octave has 64 bins of equal width, so a bin
is at most 1.6 % wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BINS", "bin_of", "edges", "matrix", "mean", "percentile", "width"]

_OCTAVE = 64  # bins; values below it are bins themselves
BINS = _OCTAVE * (63 - 6 + 1)  # of all 64-bit durations

Floats = NDArray[np.float64]


def bin_of(value_ns: ArrayLike) -> NDArray[np.int64]:
    """Return the bin of each duration, which is at least 0."""
    value = np.asarray(value_ns, dtype=np.int64)
    # frexp is exact below 2^53 only; of larger values the upper half decides.
    large = value >= 1 << 53
    octave = np.frexp(np.where(large, value >> 32, value).astype(np.float64))[1] - 1
    octave = octave.astype(np.int64) + np.where(large, 32, 0)
    shift = np.maximum(octave - 6, 0)
    above = _OCTAVE * (octave - 5) + (value >> shift) - _OCTAVE
    return np.where(value < _OCTAVE, value, above)


def edges(bins: ArrayLike) -> tuple[Floats, Floats]:
    """Return the lower end, which belongs to a bin, and the upper end of each bin, in ns."""
    number = np.asarray(bins, dtype=np.int64)
    octave = np.maximum(number // _OCTAVE - 1, 0)
    place = np.where(number < _OCTAVE, number, number % _OCTAVE + _OCTAVE)
    width = np.ldexp(1.0, octave)
    return place * width, (place + 1) * width


def matrix(
    columns: Sequence[Mapping[str, Any]], bins: tuple[int, int] | None = None
) -> tuple[int, Floats]:
    """Return the first bin that is used, and the counts: a row a column, from that bin on.

    ``columns`` is a grid of a timeline, in which a count of -n stands for n empty bins in a row.
    ``bins``, first and end, asks for these bins, which must
    include the ones used: two results are compared bin by bin.
    """
    rows = [_spread(column) for column in columns]
    used = [(at[0], at[-1] + 1) for at, _ in rows if len(at)]
    if bins is None:
        first = min((begin for begin, _ in used), default=0)
        end = max((end for _, end in used), default=first)
    else:
        first, end = bins
    counts = np.zeros((len(columns), end - first))
    for row, (at, count) in zip(counts, rows, strict=True):
        row[at - first] = count
    return int(first), counts


def width(counts: Sequence[int]) -> int:
    """Return how many bins the counts of a column are for."""
    return sum(-count if count < 0 else 1 for count in counts)


def _spread(column: Mapping[str, Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bins of a column that are given a count, and their counts."""
    given = np.asarray(column["counts"], dtype=np.int64)
    bins = column["first_bin"] + np.cumsum(np.where(given < 0, -given, 1)) - 1
    return bins[given >= 0], given[given >= 0]


def percentile(first_bin: int, counts: Floats, fraction: float | Floats) -> Floats:
    """Return the percentile of each row of summed counts, in ns; NaN where there is nothing.

    Of several fractions the last axis of the result has a value each. Linear between the ends of
    the bin that holds it: in a bin of k samples the i-th lies in the middle of the i-th of k equal
    parts. The rank is that of all figures, floor(n * fraction).
    """
    fractions = np.atleast_1d(np.asarray(fraction, dtype=np.float64))
    shape = (*counts.shape[:-1], len(fractions))
    bins = counts.shape[-1]
    if bins == 0:
        found = np.full(shape, np.nan)
        return found if np.ndim(fraction) else found[..., 0]
    below = np.cumsum(counts.reshape(-1, bins), axis=1)
    total = below[:, -1:]
    rank = np.minimum(np.floor(total * fractions + 1e-9), total - 1) + 0.5
    # All rows are searched as one: a row begins where the one before it ends.
    start = np.arange(len(below))[:, None] * (total.max(initial=0) + 1)
    place = np.searchsorted((below + start).ravel(), (rank + start).ravel(), side="right")
    place = np.minimum(place.reshape(rank.shape) - np.arange(len(below))[:, None] * bins, bins - 1)
    place = np.maximum(place, 0)
    inside = np.take_along_axis(counts.reshape(-1, bins), place, axis=1)
    before = np.take_along_axis(below, place, axis=1) - inside
    low, high = edges(place + first_bin)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.clip((rank - before) / inside, 0, 1)
        value = np.where(high - low > 1, low + part * (high - low), low)
    found = np.where(total > 0, value, np.nan).reshape(shape)
    return found if np.ndim(fraction) else found[..., 0]


def mean(first_bin: int, counts: Floats) -> Floats:
    """Return the mean of each row of summed counts, in ns; NaN where there is nothing."""
    low, high = edges(first_bin + np.arange(counts.shape[-1]))
    middle = np.where(high - low > 1, (low + high) / 2, low)
    total = counts.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(counts @ middle) / np.where(total > 0, total, np.nan)
