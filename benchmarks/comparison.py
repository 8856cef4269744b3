"""From samples of both modules to a ratio and a verdict."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cases import Case, Row


@dataclass(frozen=True)
class Spread:
    """Of repeated runs: the median, and how far they lie apart."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread | None:
        """None when nothing was measured."""
        if not samples:
            return None
        return cls(statistics.median(samples), min(samples), max(samples))


@dataclass(frozen=True)
class Compared:
    """One row of the table. `peer` is None where it was not measured."""

    case: Case
    row: Row
    ours: Spread
    peer: Spread | None
    peer_is_recorded: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better ours is; None where one of the two is 0 or missing."""
        if self.peer is None:
            return None
        return self._times_better(self.ours.median, self.peer.median)

    @property
    def ratio_of_best(self) -> float | None:
        """The same of each one's best run, which other work on the machine disturbed least."""
        if self.peer is None:
            return None
        if self.row.more_is_better:
            return self._times_better(self.ours.most, self.peer.most)
        return self._times_better(self.ours.least, self.peer.least)

    def _times_better(self, ours: float, peer: float) -> float | None:
        if ours <= 0 or peer <= 0:
            return None
        return ours / peer if self.row.more_is_better else peer / ours

    @property
    def target(self) -> str:
        if self.row.times is not None:
            return f"{self.row.times:g}x"
        if self.row.limit is not None:
            return f"<= {number(self.row.limit)} {self.row.unit}"
        return ""

    @property
    def reached(self) -> bool | None:
        """None: there is no target, or nothing to hold against it."""
        if self.row.limit is not None:
            return self.ours.median <= self.row.limit
        if self.row.times is None or self.peer is None:
            return None
        if self.ours.median <= 0 < self.peer.median:  # too little to be seen
            return not self.row.more_is_better
        return self.ratio is not None and self.ratio >= self.row.times

    @property
    def verdict(self) -> str:
        return {True: "reached", False: "SHORT", None: ""}[self.reached]


def number(value: float) -> str:
    """Three digits, or all before the point."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
