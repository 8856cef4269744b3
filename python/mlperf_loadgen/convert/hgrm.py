"""Writes the latencies of a result as HdrHistogram's percentile text, which its plotters read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["as_hgrm"]

_POINTS = 24  # of a curve for each nine
_NS_PER_MS = 1e6


def as_hgrm(record: Mapping[str, Any]) -> str:
    """Return the curve of latencies in ms: value, percentile, count, 1/(1 - percentile).

    A value is the order statistic itself, so nothing is lost in bins. Raises ValueError when the
    result has no curve.
    """
    latency = record.get("latency", {})
    curve, count = latency.get("curve_ns"), latency.get("count")
    if not curve or not isinstance(count, int) or count < 1:
        raise ValueError("this result has no curve of latencies")
    lines = ["{:>12} {:>14} {:>10} {:>14}\n".format(*_HEADINGS), *_rows(curve, count)]
    lines.append(f"#[Max     = {curve[-1] / _NS_PER_MS:12.6f}, Total count    = {count:12d}]")
    mean = latency.get("mean_ns")
    if isinstance(mean, int | float):
        lines.insert(-1, f"#[Mean    = {mean / _NS_PER_MS:12.6f}]")
    return "\n".join(lines) + "\n"


_HEADINGS = ("Value", "Percentile", "TotalCount", "1/(1-Percentile)")


def _rows(curve: list[int], count: int) -> Iterator[str]:
    for place, value in enumerate(curve[:-1]):
        above = 10.0 ** (-place / _POINTS)  # the share of samples that are slower
        if above * count < 0.5:  # a curve ends with its last sample
            break
        # Of the samples in their order, that one and those before it.
        within = min(math.floor(count * (1 - above)) + 1, count)
        yield f"{value / _NS_PER_MS:12.6f} {1 - above:14.12f} {within:10d} {1 / above:14.2f}"
    yield f"{curve[-1] / _NS_PER_MS:12.6f} {1:14.12f} {count:10d}            inf"
