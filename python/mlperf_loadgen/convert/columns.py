"""Divides a series into columns: what happened in each of them, and the durations in bins."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen.result.grid import BINS, bin_of

__all__ = ["By", "Columns", "Grids", "timeline"]

By = Literal["due", "order", "completion"]
Ints = NDArray[np.int64]

_COLUMNS = 240
_AFTER_PLAN = 60
_PARTS = 16  # of a column, at whose ends the samples in flight are counted
_CELLS = 60_000  # of all grids


class Grids:
    """Durations counted by column and bin."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._cells: dict[str, tuple[Ints, Ints]] = {}  # of a name: column * BINS + bin, count

    def add(self, name: str, column: Ints, values: Ints) -> None:
        keys, counts = np.unique(column * BINS + bin_of(values), return_counts=True)
        self._cells[name] = keys, counts

    def cells(self) -> int:
        return sum(len(keys) for keys, _ in self._cells.values())

    def join(self) -> None:
        """Make one column of two."""
        self._columns = -(-self._columns // 2)
        for name, (keys, counts) in self._cells.items():
            joined, place = np.unique(keys // BINS // 2 * BINS + keys % BINS, return_inverse=True)
            self._cells[name] = joined, np.bincount(place, weights=counts).astype(np.int64)

    def plain(self) -> dict[str, list[dict[str, Any]]]:
        return {f"{name}_grid": self._rows(*cells) for name, cells in self._cells.items()}

    def _rows(self, keys: Ints, counts: Ints) -> list[dict[str, Any]]:
        begins = np.searchsorted(keys, np.arange(self._columns + 1) * BINS)
        return [
            _row(keys[begin:end] % BINS, counts[begin:end])
            for begin, end in pairwise(begins.tolist())
        ]


class Columns:
    """The columns of a series, and the events in each."""

    def __init__(self, by: By, edges: Ints, plan_columns: int) -> None:
        self.by = by
        self.edges = edges
        self.columns = len(edges) - 1
        self.plan_columns = plan_columns
        self.counts: dict[str, Ints] = {}
        self.of_queries: Ints = np.zeros(0, np.int64)
        self.of_samples: Ints = np.zeros(0, np.int64)

    def at(self, times: Ints) -> Ints:
        return np.clip(np.searchsorted(self.edges, times, side="right") - 1, 0, self.columns - 1)

    def count(self, name: str, times: Ints, weights: Ints | None = None) -> None:
        counted = np.bincount(self.at(times), weights=weights, minlength=self.columns)
        self.counts[name] = counted.astype(np.int64)

    def joined(self, grids: Grids) -> dict[str, Any]:
        """Return the timeline; columns are joined in pairs while the grids have too many cells."""
        edges, plan, counts = self.edges, self.plan_columns, self.counts
        while grids.cells() > _CELLS and len(edges) > 2:
            grids.join()
            counts = {name: _joined(name, values) for name, values in counts.items()}
            edges = np.append(edges[:-1:2], edges[-1])
            plan = -(-plan // 2)
        return {
            "by": self.by,
            "edges_ns": edges.tolist(),
            "plan_columns": plan,
            **{name: values.tolist() for name, values in counts.items()},
            **grids.plain(),
            "marks": [],
        }


def timeline(
    by: By, due: Ints, issued: Ints, completed: Ints, query: Ints, failed: NDArray[np.bool_]
) -> Columns:
    """Return the columns with their counts of samples. Times are ns since the start of the series;
    ``due`` and ``issued`` are of queries, in their order.
    """
    queries = len(issued)
    size = len(query) if by == "completion" else queries
    last = int(max(completed.max(), issued.max()))
    columns = Columns(by, *_edges(by, size, int(due.max()) + 1, last, issued))
    if by == "order":
        columns.of_queries = np.arange(queries) * columns.columns // queries
        columns.of_samples = columns.of_queries[query]
    elif by == "due":
        columns.of_queries = columns.at(due)
        columns.of_samples = columns.of_queries[query]
    else:
        columns.of_queries = columns.at(issued)
        columns.of_samples = columns.at(completed)
    columns.count("due", due[query])
    columns.count("issued", issued[query])
    columns.count("completed", completed)
    columns.count("failed", completed[failed])
    per_query = int(np.bincount(query).max())
    if by == "order":
        most, end = np.full(columns.columns, per_query), np.zeros(columns.columns, np.int64)
    else:
        most, end = _in_flight(columns.edges, issued[query], completed)
    if by == "due":
        most = np.maximum(most, np.where(columns.counts["issued"] > 0, per_query, 0))
    columns.counts["in_flight_max"], columns.counts["in_flight_end"] = most, end
    return columns


def _edges(by: By, size: int, plan_end: int, last: int, issued: Ints) -> tuple[Ints, int]:
    """Return the edges, and how many columns lie within the plan."""
    wanted = min(_COLUMNS, max(1, size // 4))
    if by == "order":
        first = -(-np.arange(wanted) * size // wanted)
        return np.append(issued[first], max(last, int(issued[-1]))), wanted
    end = plan_end if by == "due" else last
    width = max(1, -(-end // wanted))
    within = max(1, -(-end // width))
    after = max(0, -(-(last - within * width) // width)) if by == "due" else 0
    edges = np.arange(within + min(after, _AFTER_PLAN) + 1, dtype=np.int64) * width
    edges[-1] = max(edges[-1], last)
    return edges, within


def _in_flight(edges: Ints, issued: Ints, completed: Ints) -> tuple[Ints, Ints]:
    issued, completed = np.sort(issued), np.sort(completed)
    ends = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(1, _PARTS + 1) // _PARTS
    out = np.searchsorted(issued, ends, "left") - np.searchsorted(completed, ends, "left")
    out[-1, -1] = len(issued) - len(completed)
    out = np.maximum(out, 0)
    return out.max(axis=1), out[:, -1]


def _row(bins: Ints, counts: Ints) -> dict[str, Any]:
    if not len(bins):
        return {"first_bin": 0, "counts": []}
    row: list[int] = []
    for empty, count in zip(np.diff(bins, prepend=bins[0] - 1) - 1, counts, strict=True):
        if empty:
            row.append(-int(empty) if empty > 1 else 0)
        row.append(int(count))
    return {"first_bin": int(bins[0]), "counts": row}


def _joined(name: str, values: Ints) -> Ints:
    pairs = np.arange(0, len(values), 2)
    if name == "in_flight_max":
        return np.maximum.reduceat(values, pairs)
    if name == "in_flight_end":
        return values[np.minimum(pairs + 1, len(values) - 1)]
    return np.add.reduceat(values, pairs)
