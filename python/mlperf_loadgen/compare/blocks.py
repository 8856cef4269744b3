"""Cuts a run into blocks of its timeline: the unit of chance inside one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlperf_loadgen.result import grid
from mlperf_loadgen.result.grid import Floats
from mlperf_loadgen.result.metrics import Metric

__all__ = [
    "FEWEST",
    "MOST",
    "Blocks",
    "Question",
    "cut",
    "dependence",
    "question",
    "series",
    "weights",
]

MOST = 60
FEWEST = 12
_FEWEST_ABOVE = 20  # samples beyond a percentile, without which blocks say nothing about it
_RATES = {"qps": "completed", "samples_per_second": "completed", "tokens_per_second": "tokens"}


@dataclasses.dataclass(frozen=True)
class Question:
    """What is computed of a set of blocks."""

    kind: str  # "percentile", "mean", "rate" or "share"
    grid: str = ""  # of the timeline
    fraction: float = 0.0
    events: str = ""  # of the timeline, which are counted

    def value(self, blocks: Blocks, sums: Floats, seconds: Floats) -> Floats:
        """Return the figure of each row of summed counts, or of summed events and time."""
        if self.kind == "percentile":
            return grid.percentile(blocks.first_bin, sums, self.fraction)
        if self.kind == "mean":
            return grid.mean(blocks.first_bin, sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums[..., 0] / seconds)


@dataclasses.dataclass(frozen=True)
class Blocks:
    """The counts of each block: a row a block, a column a bin, or one column of events."""

    counts: Floats
    base: Floats  # what a rate or a share is per: seconds, or events
    first_bin: int = 0

    def __len__(self) -> int:
        return len(self.counts)


class Timeline:
    """The columns of one run, as arrays."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.parts: Mapping[str, Any] = record.get("timeline", {})
        edges = np.array(self.parts.get("edges_ns", [0]), dtype=np.float64)
        # What comes after the plan is nothing but its remains.
        self.columns: int = min(len(edges) - 1, self.parts.get("plan_columns", len(edges) - 1))
        self.seconds = np.diff(edges)[: self.columns] * 1e-9
        self._grids: dict[str, tuple[int, Floats]] = {}

    def grid(self, name: str) -> tuple[int, Floats]:
        """Return the first bin and the counts of a grid: a row a column."""
        if name not in self._grids:
            self._grids[name] = grid.matrix(self.parts[name][: self.columns])
        return self._grids[name]

    def events(self, name: str) -> Floats:
        """Return a count a column."""
        return np.array(self.parts[name][: self.columns], dtype=np.float64)


def question(metric: Metric, run: Timeline) -> Question | str:
    """Return what to ask of blocks for a metric, or why they have no answer."""
    timeline = run.parts
    if metric.name in _RATES:
        events = _RATES[metric.name]
        return Question("rate", events=events) if events in timeline else "not in the timeline"
    if metric.name == "errors":
        return Question("share", events="failed")
    family = "latency" if metric.family == "query_latency" else metric.family
    if not family or metric.name.endswith("max"):
        return "one run does not tell its spread"
    if metric.family == "query_latency":
        return "the timeline has latencies of samples"
    if family == "latency" and timeline.get("by") == "completion":
        return "a latency of Offline is the time of a completion"
    if f"{family}_grid" not in timeline:
        return "not in the timeline"
    if metric.fraction is None:
        return Question("mean", grid=f"{family}_grid")
    return Question("percentile", grid=f"{family}_grid", fraction=metric.fraction)


def weights(columns: int, blocks: int, part: float = 1.0) -> Floats:
    """Return how much of each column is in each block, when blocks share the first ``part``."""
    start = np.arange(columns)
    edges = np.linspace(0, columns * part, blocks + 1)
    overlap = np.minimum(start + 1, edges[1:, None]) - np.maximum(start, edges[:-1, None])
    return np.asarray(np.maximum(overlap, 0))


def cut(asked: Question, run: Timeline, blocks: int = MOST, part: float = 1.0) -> Blocks | str:
    """Return up to ``blocks`` blocks of the first part of a run, or why there are none."""
    if asked.grid:
        first, counts = run.grid(asked.grid)
        base = counts.sum(axis=1)
    else:
        first, counts = 0, run.events(asked.events)[:, None]
        base = run.events("completed") if asked.kind == "share" else run.seconds
    blocks = min(blocks, run.columns)
    if blocks < FEWEST:
        return f"too short: {blocks} blocks, at least {FEWEST} are needed"
    if asked.kind == "percentile":
        beyond = counts.sum() * min(asked.fraction, 1 - asked.fraction)
        if beyond < _FEWEST_ABOVE:
            return f"too short: {beyond:.0f} samples beyond it, {_FEWEST_ABOVE} are needed"
    elif not base.sum():
        return "nothing was counted"
    joined = weights(run.columns, blocks, part)
    return Blocks(joined @ counts, joined @ base, first)


def dependence(series: Floats) -> float:
    """Return the autocorrelation of neighbouring blocks, corrected for their small number."""
    apart = series - series.mean()
    square = float(apart @ apart)
    if square == 0:
        return 0.0
    lag1 = float(apart[1:] @ apart[:-1]) / square
    return lag1 + (1 + 3 * max(lag1, 0)) / len(series)


def series(asked: Question, blocks: Blocks) -> Floats:
    """Return the figure whose dependence is that of the question: one a block."""
    base = np.where(blocks.base > 0, blocks.base, 1)
    if asked.kind == "percentile":
        cutoff = grid.percentile(blocks.first_bin, blocks.counts.sum(axis=0), asked.fraction)
        low, high = grid.edges(blocks.first_bin + np.arange(blocks.counts.shape[1]))
        above = np.clip((high - cutoff) / (high - low), 0, 1)
        return (blocks.counts @ above) / base
    if asked.kind == "mean":
        return np.nan_to_num(grid.mean(blocks.first_bin, blocks.counts))
    return np.asarray(blocks.counts[:, 0] / base)
