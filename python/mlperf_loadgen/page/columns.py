"""Reads the timeline of a result for drawing: neighbouring columns joined until there are few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen.result import grid

__all__ = ["MOST", "Columns", "Grid", "read"]

Floats = NDArray[np.float64]
MOST = 120

_SUMS = ("due", "issued", "completed", "failed", "tokens")


@dataclass(frozen=True)
class Grid:
    """Counts of durations: a row a column of time, a column a bin."""

    first_bin: int
    counts: Floats

    @property
    def total(self) -> Floats:
        """How many there are in each column."""
        return np.asarray(self.counts.sum(axis=1))

    def percentile(self, fraction: float) -> Floats:
        """Return the percentile of each column, in ns; NaN where there is nothing."""
        return grid.percentile(self.first_bin, self.counts, fraction)

    def edges(self) -> Floats:
        """Return the ends of the bins, one more than there are bins, in ns."""
        low, high = grid.edges(self.first_bin + np.arange(self.counts.shape[1]))
        return np.append(low, high[-1:])


@dataclass(frozen=True)
class Columns:
    """A timeline in columns for drawing."""

    edges_s: Floats
    plan_end_s: float | None  # where the plan ended, if columns follow
    sums: Mapping[str, Floats]  # events a column
    in_flight_max: Floats
    in_flight_end: Floats
    grids: Mapping[str, Grid]

    @property
    def widths_s(self) -> Floats:
        """How long each column is; never 0."""
        return np.maximum(np.diff(self.edges_s), 1e-9)

    @property
    def middles_s(self) -> Floats:
        """The middle of each column."""
        return (self.edges_s[:-1] + self.edges_s[1:]) / 2

    def rate(self, name: str) -> Floats:
        """Return events a second."""
        return np.asarray(self.sums[name] / self.widths_s)


def read(record: Mapping[str, Any], most: int = MOST) -> Columns | None:
    """Return the timeline of a record, or None if it has none.

    What was planned is in at most ``most`` columns, what came after it in a quarter of that.
    """
    timeline = record.get("timeline")
    if not timeline or len(timeline.get("edges_ns", ())) < 2:
        return None
    edges = np.asarray(timeline["edges_ns"], dtype=np.float64) / 1e9
    count = len(edges) - 1
    # Nothing is after the last event, even if its column goes on.
    last = record.get("run", {}).get("duration_ns") or timeline["edges_ns"][-1]
    edges[-1] = min(edges[-1], max(last / 1e9, edges[-2]))
    most = max(most, 1)
    planned = min(timeline.get("plan_columns", count), count)
    group = max(-(-planned // most), -(-count // (most + most // 4)))
    starts = np.arange(0, count, group)
    if len(starts) > 1 and edges[-1] - edges[starts[-1]] < 0.75 * (edges[starts[1]] - edges[0]):
        starts = starts[:-1]  # a sliver at the end would be drawn as a peak or a gap
    grids = {}
    for name, columns in timeline.items():
        if name.endswith("_grid") and any(column["counts"] for column in columns):
            first, counts = grid.matrix(columns)
            grids[name.removesuffix("_grid")] = Grid(first, np.add.reduceat(counts, starts))

    def joined(name: str, how: np.ufunc) -> Floats:
        values = np.asarray(timeline.get(name, [0] * count), dtype=np.float64)
        return np.asarray(how.reduceat(values, starts))

    ends = np.append(starts[1:], count) - 1
    in_flight_end = np.asarray(timeline.get("in_flight_end", [0] * count), dtype=np.float64)
    return Columns(
        edges_s=edges[np.append(starts, count)],
        plan_end_s=float(edges[planned]) if planned < count else None,
        sums={name: joined(name, np.add) for name in _SUMS if name in timeline},
        in_flight_max=joined("in_flight_max", np.maximum),
        in_flight_end=in_flight_end[ends],
        grids=grids,
    )
