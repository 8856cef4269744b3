"""The shift curve: by how much each percentile changed, and so where in the distribution it did."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from mlperf_loadgen.compare import intervals
from mlperf_loadgen.compare.blocks import Blocks, Question, cut
from mlperf_loadgen.compare.sides import Sides
from mlperf_loadgen.result import grid

__all__ = ["Shift", "sentence", "shift_of"]

_FRACTIONS = (
    *(0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7),
    *(0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999),
)
_SMALL = 0.01  # a change that is not spoken of


@dataclasses.dataclass(frozen=True)
class Shift:
    """The change of the latency at each percentile, a fraction of the base, with its interval."""

    fractions: list[float]
    change: list[float]
    low: list[float]
    high: list[float]


def shift_of(sides: Sides) -> Shift | None:
    """Return the shift of the latency, or None when the results do not tell."""
    for run in (run for side in sides.timelines for run in side):
        if "latency_grid" not in run.parts or run.parts.get("by") == "completion":
            return None
    found = _inside(sides) if sides.single else _between(sides)
    if not found:
        return None
    fractions, spans = zip(*found, strict=True)
    estimate, low, high = (
        [math.expm1(min(getattr(span, end), 700)) for span in spans]
        for end in ("estimate", "low", "high")
    )
    return Shift(list(fractions), estimate, low, high)


Found = list[tuple[float, intervals.Interval]]


def _inside(sides: Sides) -> Found:
    part, count = sides.parts or (1.0, 1.0), sides.blocks()
    paired = sides.parts is not None
    asked, blocks = [], None
    for fraction in _FRACTIONS:
        question = Question("percentile", grid="latency_grid", fraction=fraction)
        old = cut(question, sides.timelines[0][0], count, part[0])
        young = cut(question, sides.timelines[1][0], count, part[1])
        if isinstance(old, Blocks) and isinstance(young, Blocks):
            asked.append(question)
            blocks = old, young
    if blocks is None:
        return []
    done = intervals.joined(asked, *blocks, paired)
    if isinstance(done, str):
        return []
    spans = intervals.of_blocks(asked, *done, paired=paired, confidence=sides.confidence)
    told = zip((each.fraction for each in asked), spans, strict=True)
    return [(fraction, span) for fraction, span in told if not math.isnan(span.low + span.high)]


def _between(sides: Sides) -> Found:
    grids = [[run.grid("latency_grid") for run in side] for side in sides.timelines]
    sums = [[(first, counts.sum(axis=0)) for first, counts in side] for side in grids]
    fewest = min(counts.sum() for side in sums for _, counts in side)
    fractions = np.array([f for f in _FRACTIONS if fewest * min(f, 1 - f) >= 1])
    old, young = (
        np.array([grid.percentile(first, counts, fractions) for first, counts in side])
        for side in sums
    )
    found = []
    for i, fraction in enumerate(fractions.tolist()):
        if min(old[:, i].min(), young[:, i].min()) > 0:
            span = intervals.between_runs(
                old[:, i],
                young[:, i],
                logarithmic=True,
                paired=sides.paired,
                confidence=sides.confidence,
            )
            found.append((fraction, span))
    return found


def sentence(shift: Shift) -> str:
    """Return where in the distribution the change is, or "" when there is nothing to say."""
    differs = [low > 0 or high < 0 for low, high in zip(shift.low, shift.high, strict=True)]
    if not any(differs):
        return ""
    tail = len(differs)
    while tail and differs[tail - 1] and abs(shift.change[tail - 1]) > _SMALL:
        tail -= 1
    before = shift.change[:tail]
    in_tail = 0 < tail < len(differs) and shift.fractions[tail] >= 0.75
    if in_tail and max(map(abs, before)) <= _SMALL:
        word = "slower" if shift.change[-1] > 0 else "faster"
        where = f"p{100 * shift.fractions[tail]:g}"
        return f"{word} in the tail only: below {where} the two do not differ by more than 1 %"
    if all(differs) and (min(shift.change) > 0 or max(shift.change) < 0):
        word = "slower" if shift.change[0] > 0 else "faster"
        sizes = sorted(map(abs, shift.change))
        return f"{word} everywhere, by {100 * sizes[0]:.1f} to {100 * sizes[-1]:.1f} %"
    return ""
