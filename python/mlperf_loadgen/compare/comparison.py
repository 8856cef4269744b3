"""Compares two results, or several a side: how much they differ, how sure that is, what it means.

One run a side: blocks of time inside the runs are the unit of chance, and what differs between runs
is not covered. Several: a run is the unit, and all of it is.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from mlperf_loadgen.compare import gates as gate_rules
from mlperf_loadgen.compare import intervals
from mlperf_loadgen.compare.differences import Difference, differences, stopping
from mlperf_loadgen.compare.gates import FINE, UNDECIDED, WORSE
from mlperf_loadgen.compare.intervals import Interval
from mlperf_loadgen.compare.shift import Shift, shift_of
from mlperf_loadgen.compare.sides import Record, Sides
from mlperf_loadgen.result.condition import Condition
from mlperf_loadgen.result.metrics import METRICS, Metric, metric

__all__ = ["Comparison", "Options", "Row", "compare"]

BETTER, SAME = "better", "same"

ONE_RUN = (
    "one run a side: between-run differences (clocks, memory layout, neighbours) are not in the "
    "intervals; four runs a side or more are needed for a verdict on the software"
)
_SHOWN = (
    *("p50", "p90", "p99", "p99.9", "qps", "samples_per_second", "tokens_per_second"),
    *("ttft.p50", "ttft.p99", "tpot.p50", "tpot.p99", "accuracy"),
)


@dataclasses.dataclass(frozen=True)
class Options:
    """How to compare."""

    paired: bool = False  # run i of one side belongs to run i of the other
    allow_different: bool = False
    confidence: float = 0.95
    names: tuple[str, str] = ("BASE", "NEW")


@dataclasses.dataclass(frozen=True)
class Row:
    """One metric of both sides. Changes are fractions of the base, or, ``relative`` being false,
    differences in the unit of the metric."""

    metric: Metric
    base: float
    new: float
    relative: bool
    change: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None  # of the permutation test, with several runs a side
    gate: Condition | None = None
    verdict: str = ""  # of the gate: "worse", "fine", "undecided"
    note: str = ""  # why there is no interval, or what would decide


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What two sides have to do with each other."""

    scenario: str
    model: str
    runs: tuple[int, int]
    verdict: str  # "worse", "fine", "undecided"; without gates "worse", "better", "same"
    rows: list[Row]
    differs: list[Difference]
    notes: list[str]
    shift: Shift | None
    by_schedule: bool
    confidence: float  # of all gates together

    @property
    def exit_code(self) -> int:
        """Of the program: 0, 4 when worse, 5 when undecided."""
        return {WORSE: 4, UNDECIDED: 5}.get(self.verdict, 0)


def compare(
    base: Sequence[Record],
    new: Sequence[Record],
    gates: Sequence[Condition] = (),
    options: Options | None = None,
) -> Comparison:
    """Compare records of BASE with records of NEW.

    ``gates`` are conditions on a change, ``condition.parse(text, change=True)``, that must not
    hold. Without any, the headline and p99 say whether NEW is worse, better, or no different.
    Raises NotComparedError when the sides are results of different tests, and ValueError for a
    gate on what they do not have, and for sides that cannot be paired.
    """
    options = options or Options()
    if not base or not new:
        raise ValueError("both sides need a result")
    if options.paired and len(base) != len(new):
        raise ValueError(
            f"--paired: {len(base)} runs and {len(new)}; pairs need as many on each side"
        )
    differs = differences(base, new)
    refusal = stopping(differs, options.names)
    if refusal is not None and not options.allow_different:
        raise refusal
    sides = Sides(base, new, options.paired, options.confidence)
    for gate in gates:
        gate_rules.check_direction(gate, metric(gate.metric.name, new[0]).better)
        if gate.metric.name not in sides.names:
            raise ValueError(f'"{gate.text}": these results have no {gate.metric.name}.')
    deciding = list(dict.fromkeys(gate.metric.name for gate in gates)) or _implied(sides)
    rows = _rows(sides, gates, deciding)
    run = new[0]["run"]
    return Comparison(
        scenario=str(run["scenario"]),
        model=str(run.get("model", "")),
        runs=(len(base), len(new)),
        verdict=_verdict(rows, gates, deciding),
        rows=rows,
        differs=differs,
        notes=_notes(sides, refusal),
        shift=shift_of(sides),
        by_schedule=sides.parts is not None,
        confidence=options.confidence,
    )


def _rows(sides: Sides, gates: Sequence[Condition], deciding: Sequence[str]) -> list[Row]:
    shown = [name for name in sides.names if name in deciding or _is_shown(sides, name)]
    shared = sides.confidence if not deciding else 1 - (1 - sides.confidence) / len(deciding)
    found = sides.intervals([n for n in shown if n not in deciding], sides.confidence)
    found |= sides.intervals(deciding, shared)
    order = list(METRICS)
    rows = []
    for name in sorted(shown, key=_place(order)):
        row = _row(sides, name, found[name])
        of_it = [gate for gate in gates if gate.metric.name == name]
        rows += [_gated(sides, row, gate, found[name], shared) for gate in of_it] or [row]
    return rows


def _place(order: Sequence[str]) -> Any:
    def place(name: str) -> tuple[str, float, int]:
        known = METRICS[name]
        rank = known.fraction if known.fraction is not None else 2.0
        return (known.family if known.family != "latency" else "", rank, order.index(name))

    return place


def _is_shown(sides: Sides, name: str) -> bool:
    if name == "errors":
        return max(max(values) for values in sides.values(name)) > 0
    if sides.offline and (name == "qps" or METRICS[name].family == "latency"):
        return False  # the one query; times of completion
    if name == "samples_per_second" and "qps" in sides.names:
        return sides.values(name) != sides.values("qps")
    return name in _SHOWN


def _row(sides: Sides, name: str, found: Interval | str) -> Row:
    old, young = sides.values(name)
    logarithmic = sides.logarithmic(name)
    base, new = (_middle(values, logarithmic) for values in (old, young))
    change = new / base - 1 if logarithmic else new - base
    described = metric(name, sides.new[0])
    if isinstance(found, str):
        return Row(described, base, new, logarithmic, change, note=found)
    estimate, low, high = (
        math.expm1(min(end, 700)) if logarithmic else end for end in dataclasses.astuple(found)
    )
    p_value = None
    if min(len(old), len(young)) >= 2:
        p_value = intervals.permutation(old, young, logarithmic=logarithmic, paired=sides.paired)
    return Row(described, base, new, logarithmic, estimate, low, high, p_value)


def _middle(values: Sequence[float], logarithmic: bool) -> float:
    if len(values) == 1:
        return values[0]
    if logarithmic:
        return math.exp(math.fsum(map(math.log, values)) / len(values))
    return math.fsum(values) / len(values)


def _gated(
    sides: Sides, row: Row, gate: Condition, found: Interval | str, confidence: float
) -> Row:
    limit = gate_rules.allowed(gate, row.base, row.relative)
    if isinstance(found, str) or limit is None:
        return dataclasses.replace(row, gate=gate, verdict=UNDECIDED, note=row.note)
    verdict = gate_rules.decide(found, limit, gate.op)
    note = _what_decides(sides, gate, found, limit, confidence) if verdict == UNDECIDED else ""
    return dataclasses.replace(row, gate=gate, verdict=verdict, note=note)


def _what_decides(
    sides: Sides, gate: Condition, found: Interval, limit: float, confidence: float
) -> str:
    name = gate.metric.name
    change = gate.text.split(gate.op)[-1].strip()
    if sides.single:
        # As if runs differed no more than their own parts do.
        spread = (found.high - found.low) / (2 * 1.96 * math.sqrt(2))
        beginning = "if runs differ no more than the parts of one, "
    else:
        old, young = sides.values(name)
        spread = intervals.spread(
            old, young, logarithmic=sides.logarithmic(name), paired=sides.paired
        )
        beginning = ""
    runs = gate_rules.runs_needed(spread, limit, confidence)
    if runs is None:
        return f"no number of runs decides about {change} with this spread" if limit else ""
    if not sides.single and runs <= min(len(sides.base), len(sides.new)):
        return f"the change is too near {change}: more runs, or another limit"
    return f"{beginning}{runs} runs a side find a change of {change}"


def _implied(sides: Sides) -> list[str]:
    """Return what decides without gates: the headline and, where it is a figure, p99."""
    heads = {record.get("headline", {}).get("name") for record in (*sides.base, *sides.new)}
    head = heads.pop() if len(heads) == 1 else None
    wanted = [str(head) if head in sides.names else "headline"]
    wanted += [] if sides.offline else ["p99"]
    return [name for name in dict.fromkeys(wanted) if name in sides.names]


def _verdict(rows: Sequence[Row], gates: Sequence[Condition], deciding: Sequence[str]) -> str:
    if gates:
        verdicts = {row.verdict for row in rows}
        return next(each for each in (WORSE, UNDECIDED, FINE) if each in verdicts)
    bad, good = False, False
    for row in rows:
        if row.metric.name in deciding and row.low is not None and row.high is not None:
            up, down = row.low > 0, row.high < 0
            higher = row.metric.better == "higher"
            bad |= down if higher else up
            good |= up if higher else down
    return WORSE if bad else BETTER if good else SAME


def _notes(sides: Sides, refusal: Exception | None) -> list[str]:
    notes = []
    if refusal is not None:
        notes.append(str(refusal).replace("Not compared.", "Compared all the same, as asked."))
    for side, name in ((sides.base, "base"), (sides.new, "new")):
        invalid = sum(record.get("verdict", {}).get("valid") is False for record in side)
        broken = sum(record["run"].get("complete") is False for record in side)
        if invalid:
            notes.append(f"{invalid} of {len(side)} runs of {name} INVALID")
        if broken:
            notes.append(f"{broken} of {len(side)} runs of {name} did not complete")
    if sides.single:
        if sides.parts is not None:
            part = min(sides.parts)
            cut_to = "" if part == 1 else f", on the first {100 * part:.0f} % of the longer run"
            notes.append(f"paired by schedule: both runs had the same queries{cut_to}")
        notes.append(ONE_RUN)
    elif min(len(sides.base), len(sides.new)) < 4:
        k = min(len(sides.base), len(sides.new))
        notes.append(
            f"{k} a side: a permutation test cannot be significant at 5 % with fewer than four"
        )
    return notes
