"""Answers, for each metric of two sides, what it changed by and how sure that is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlperf_loadgen.compare import intervals
from mlperf_loadgen.compare.blocks import MOST, Blocks, Question, Timeline, cut, question
from mlperf_loadgen.compare.differences import same_schedule
from mlperf_loadgen.compare.intervals import Interval
from mlperf_loadgen.result.metrics import METRICS, Metric, flat, metric

__all__ = ["Record", "Sides"]

Record = Mapping[str, Any]


class Sides:
    """What is asked of both sides: figures, and the change of each with its interval."""

    def __init__(
        self, base: Sequence[Record], new: Sequence[Record], paired: bool, confidence: float
    ) -> None:
        """paired: run i of one side belongs to run i of the other."""
        self.base, self.new = base, new
        self.single = len(base) == len(new) == 1
        self.paired = paired and not self.single
        self.confidence = confidence
        self.parts = same_schedule(base[0], new[0]) if self.single else None
        self.offline = new[0]["run"]["scenario"] == "Offline"
        self.timelines = [[Timeline(record) for record in side] for side in (base, new)]
        self.figures = [[flat(record) for record in side] for side in (base, new)]
        every = [figures for side in self.figures for figures in side]
        self.names = [name for name in METRICS if all(name in figures for figures in every)]

    def values(self, name: str) -> tuple[list[float], list[float]]:
        old, young = ([float(figures[name]) for figures in side] for side in self.figures)
        return old, young

    def logarithmic(self, name: str) -> bool:
        old, young = self.values(name)
        return metric(name, self.new[0]).unit != "fraction" and min(*old, *young) > 0

    def intervals(self, names: Sequence[str], confidence: float) -> dict[str, Interval | str]:
        """Return the interval of each metric, or why it has none."""
        if self.single:
            return self._inside(names, confidence)
        found: dict[str, Interval | str] = {}
        for name in names:
            old, young = self.values(name)
            found[name] = intervals.between_runs(
                old,
                young,
                logarithmic=self.logarithmic(name),
                paired=self.paired,
                confidence=confidence,
            )
        return found

    def _inside(self, names: Sequence[str], confidence: float) -> dict[str, Interval | str]:
        found: dict[str, Interval | str] = {}
        together: dict[tuple[str, int, int], list[tuple[str, Question, float]]] = {}
        blocks: dict[tuple[str, int, int], tuple[Blocks, Blocks]] = {}
        for name in names:
            asked, sides = self._blocks(name)
            if isinstance(sides, str):
                found[name] = sides
                continue
            done = intervals.joined([asked], sides[0], sides[1], self.parts is not None)
            if isinstance(done, str):
                found[name] = done
                continue
            # Metrics of the same counts, joined alike, are asked of the same resamples.
            key = (asked.grid or asked.events, len(done[0]), len(done[1]))
            together.setdefault(key, []).append((name, asked, done[2][0]))
            blocks[key] = done[:2]
        for key, members in together.items():
            answers = intervals.of_blocks(
                [asked for _, asked, _ in members],
                *blocks[key],
                [left for _, _, left in members],
                paired=self.parts is not None,
                confidence=confidence,
            )
            found |= {
                name: self._exact(name, each)
                for (name, _, _), each in zip(members, answers, strict=True)
            }
        return found

    def _blocks(self, name: str) -> tuple[Question, tuple[Blocks, Blocks] | str]:
        old_run, new_run = self.timelines[0][0], self.timelines[1][0]
        none = Question("mean")
        if not (old_run.columns and new_run.columns):
            return none, "the result has no timeline"
        asked = question(resolved(metric(name, self.new[0]), self.new[0]), new_run)
        if isinstance(asked, str):
            return none, asked
        if question(resolved(metric(name, self.base[0]), self.base[0]), old_run) != asked:
            return none, "not the same figure on both sides"
        part, count = self.parts or (1.0, 1.0), self.blocks()
        old, young = cut(asked, old_run, count, part[0]), cut(asked, new_run, count, part[1])
        if isinstance(old, str) or isinstance(young, str):
            return asked, old if isinstance(old, str) else str(young)
        return asked, (old, young)

    def blocks(self) -> int:
        """Return how many blocks to ask for: of runs that belong together, as many on each side."""
        if self.parts is None:
            return MOST
        return min(MOST, self.timelines[0][0].columns, self.timelines[1][0].columns)

    def _exact(self, name: str, interval: Interval) -> Interval | str:
        """Move an interval from the estimate of the grids to that of the exact figures."""
        old, young = self.values(name)
        logarithmic = self.logarithmic(name)
        if any(math.isnan(end) for end in dataclasses.astuple(interval)):
            return "too few samples in some blocks"
        if name == "errors":
            # Where none failed, blocks tell nothing; n without a failure leave a share of 3.7 / n.
            count = [side[0].get("latency", {}).get("count", 0) for side in (self.base, self.new)]
            least = [3.7 / max(n, 1) for n in count]
            estimate = young[0] - old[0]
            low = min(interval.low, estimate - least[0])
            return Interval(estimate, low, max(interval.high, estimate + least[1]))
        if self.parts not in (None, (1.0, 1.0)) or not logarithmic:
            return interval
        exact = math.log(young[0] / old[0])
        apart = exact - interval.estimate
        return Interval(exact, interval.low + apart, interval.high + apart)


def resolved(asked: Metric, record: Record) -> Metric:
    """Return the metric that a headline is."""
    name = record.get("headline", {}).get("name") if asked.name == "headline" else None
    return METRICS.get(str(name), asked)
