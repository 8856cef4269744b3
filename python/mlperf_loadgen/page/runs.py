"""What charts ask of a result: its name and colour on the page, its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mlperf_loadgen.page import columns, theme
from mlperf_loadgen.page.figures import percentile_name

__all__ = ["Limit", "Run", "runs_of"]

_FEW_COLUMNS = 48


@dataclass(frozen=True)
class Limit:
    """At which percentile a duration may not be longer than what."""

    of: str  # "latency", "ttft" or "tpot"
    fraction: float
    ns: int


@dataclass(frozen=True)
class Run:
    """A result on the page. ``key`` is a letter where there are several, else empty."""

    record: Mapping[str, Any]
    key: str
    colour: str
    dash: list[int]

    @property
    def scenario(self) -> str:
        return str(self.record["run"]["scenario"])

    @property
    def name(self) -> str:
        """What tells it from the others: its label, or the SUT."""
        label = self.record.get("made", {}).get("label")
        return str(label or self.record["run"].get("sut") or self.scenario)

    @property
    def metrics(self) -> Mapping[str, float]:
        metrics: Mapping[str, float] = self.record.get("metrics", {})
        return metrics

    @property
    def whole_queries(self) -> bool:
        """Whether the rules look at the latency of queries, of several samples each."""
        return "query_latency" in self.record

    def summary(self, name: str) -> Mapping[str, Any] | None:
        """Return count, min, max, mean and curve of what was measured, or None."""
        summary: Mapping[str, Any] | None = self.record.get(name)
        return summary if summary and summary.get("count") else None

    @cached_property
    def columns(self) -> columns.Columns | None:
        """The timeline; coarser where lines of several results cross."""
        return columns.read(self.record, _FEW_COLUMNS if self.key else columns.MOST)

    def percentile(self, name: str, fraction: float) -> float | None:
        """Return a percentile of what was measured, in ns, or None if it is not known."""
        prefix = "" if name == "latency" else f"{name}."
        known = self.metrics.get(prefix + percentile_name(fraction))
        if known is not None or (summary := self.summary(name)) is None:
            return known
        # The curve has 24 points between 90 % and 99 %, and so on; the last is the maximum.
        nines = -math.log10(1 - fraction)
        at = round(24 * nines)
        whole = abs(nines - round(nines)) < 1e-6
        return summary["curve_ns"][at] if whole and at < len(summary["curve_ns"]) - 1 else None

    def limit(self, of: str = "latency") -> Limit | None:
        """Return the limit of the rules on what was measured, or None if there is none."""
        return next((limit for limit in self.limits if limit.of == of), None)

    @cached_property
    def limits(self) -> list[Limit]:
        """The limits of the rules, as the checks state them."""
        settings = {
            str(row.get("name")): row.get("value") for row in self.record.get("settings", ())
        }
        names = ("target_latency_percentile", f"{self.scenario.lower()}_target_latency_percentile")
        fraction = next((settings[name] for name in names if name in settings), 0.99)
        checks = {
            str(check.get("name")).lower(): check.get("asked")
            for check in self.record.get("verdict", {}).get("checks", ())
            if check.get("unit") == "ns"
        }
        return [
            Limit(of, float(fraction), int(asked))
            for of in ("latency", "ttft", "tpot")
            if isinstance(asked := checks.get(of), int | float) and asked > 0
        ]


def runs_of(records: Sequence[Mapping[str, Any]]) -> list[Run]:
    """Return the results with letters and colours; those of a single result are the plain ones."""
    several = len(records) > 1
    return [
        Run(
            record,
            key=_letter(i) if several else "",
            colour=theme.SERIES[i % len(theme.SERIES)],
            dash=theme.DASHES[i % len(theme.DASHES)],
        )
        for i, record in enumerate(records)
    ]


def _letter(i: int) -> str:
    return chr(ord("A") + i) if i < 26 else str(i + 1)
