"""Decides gates: worse, fine, or not enough data to say, and then what would decide."""

from __future__ import annotations

import bisect
import math

from mlperf_loadgen.compare.intervals import Interval, detectable
from mlperf_loadgen.result.condition import Condition

__all__ = ["FINE", "UNDECIDED", "WORSE", "allowed", "check_direction", "decide", "runs_needed"]

WORSE, FINE, UNDECIDED = "worse", "fine", "undecided"
_FEWEST_RUNS, _MOST_RUNS = 4, 1000


def check_direction(gate: Condition, better: str) -> None:
    """Raise ValueError for a gate on a change to the better."""
    bad = ">" if better == "lower" else "<"
    if gate.op[0] != bad:
        instead = gate.text.replace(gate.op, gate.op.replace(gate.op[0], bad), 1)
        raise ValueError(
            f'"{gate.text}": {gate.metric.name} is better when {better}. Write {instead}.'
        )


def allowed(gate: Condition, base: float, logarithmic: bool) -> float | None:
    """Return the change that a gate allows, as intervals are: a difference, of logarithms or not.

    None when a figure that cannot be below 0 would have to be.
    """
    limit = base * (1 + gate.value) if gate.form == "ratio" else base + gate.value
    if not logarithmic:
        return limit - base
    return math.log(limit / base) if limit > 0 else None


def decide(interval: Interval, limit: float, op: str) -> str:
    """Return WORSE when the interval excludes no change, or the limit if that asks for a change to
    the better, and the estimate is beyond the limit; FINE when all of it is within."""
    sign = 1 if op[0] == ">" else -1
    ends = sorted((sign * interval.low, sign * interval.high))
    estimate, limit = sign * interval.estimate, sign * limit
    beyond = estimate >= limit if op.endswith("=") else estimate > limit
    within = ends[1] < limit if op.endswith("=") else ends[1] <= limit
    if ends[0] > min(0.0, limit) and beyond:
        return WORSE
    return FINE if within else UNDECIDED


def runs_needed(spread: float, limit: float, confidence: float) -> int | None:
    """Return how many runs a side find a change as large as the limit with 80 % power; None when
    no number that anybody makes does."""
    if not limit:
        return None

    def found(runs: int) -> bool:
        return detectable(spread, runs, confidence) <= abs(limit)

    numbers = range(_FEWEST_RUNS, _MOST_RUNS + 1)
    place = bisect.bisect_left(numbers, True, key=found)
    return numbers[place] if place < len(numbers) else None
