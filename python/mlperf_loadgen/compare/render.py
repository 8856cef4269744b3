"""Shows a comparison: as a table in the terminal, as Markdown, JUnit, JSON."""

from __future__ import annotations

import dataclasses
import math
import textwrap
import xml.etree.ElementTree as xml
from collections.abc import Sequence
from typing import Any

from mlperf_loadgen.compare.comparison import Comparison, Row
from mlperf_loadgen.compare.gates import UNDECIDED, WORSE
from mlperf_loadgen.compare.shift import sentence
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

__all__ = ["as_json", "cells", "junit", "markdown", "sentences", "table", "title", "value"]

_WORDS = {
    "worse": "WORSE",
    "fine": "FINE",
    "undecided": "UNDECIDED",
    "better": "BETTER",
    "same": "NO DIFFERENCE FOUND",
}
_MOST_DIFFERENCES = 8
_ALIGNED = ("---", "--:", "--:", "--:", ":-:", "--:", "---")
_DASH = "-"


def title(comparison: Comparison) -> str:
    """Return the answer in one line: "Server, resnet50, 5 runs against 5: WORSE"."""
    base, new = comparison.runs
    sides = f"{base} {'run' if base == 1 else 'runs'} against {new}"
    test = ", ".join(one_line(part) for part in (comparison.scenario, comparison.model) if part)
    return f"{test}, {sides}: {_WORDS[comparison.verdict]}"


def table(comparison: Comparison) -> str:
    """Return the comparison as a table and sentences, in plain text."""
    rows = cells(comparison)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [title(comparison)]
    for row in rows:
        padded = [row[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(row[1:6], widths[1:6], strict=False)]
        lines.append("  " + "   ".join([*padded, *row[6:]]).rstrip())
    for text in sentences(comparison):
        lines += textwrap.wrap(text, 96, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def markdown(comparison: Comparison) -> str:
    """Return the comparison for the summary of a CI job."""
    heads, *rows = cells(comparison)
    lines = [f"### {_escaped(title(comparison))}", "", _line(heads), _line(_ALIGNED[: len(heads)])]
    bold = _WORDS[WORSE]
    for row in rows:
        lines.append(_line([f"**{cell}**" if cell == bold else _escaped(cell) for cell in row]))
    lines += ["", *(f"- {_escaped(text)}" for text in sentences(comparison))]
    return "\n".join(lines) + "\n"


def junit(comparison: Comparison) -> str:
    """Return the comparison as JUnit: a test case a gate; an undecided one is skipped, with why."""
    gated = [row for row in comparison.rows if row.gate]
    counts = {
        "tests": len(gated),
        "failures": sum(row.verdict == WORSE for row in gated),
        "skipped": sum(row.verdict == UNDECIDED for row in gated),
    }
    suite = xml.Element("testsuite", name="mlperf-loadgen compare")
    for name, count in counts.items():
        suite.set(name, str(count))
    for row in gated:
        assert row.gate is not None
        case = xml.SubElement(suite, "testcase", classname=comparison.scenario, name=row.gate.text)
        name, base, new, change, interval, *_ = _cells(row)
        said = f"{name}: {base} -> {new}, {change} ({interval})"
        if row.verdict == WORSE:
            xml.SubElement(case, "failure", message=said)
        elif row.verdict == UNDECIDED:
            xml.SubElement(case, "skipped", message=f"{said}; {row.note}" if row.note else said)
    xml.indent(suite)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suite, encoding="unicode") + "\n"
    )


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data. Changes are fractions, or differences in the unit."""
    rows = []
    for row in comparison.rows:
        figures = dataclasses.asdict(row) | {
            "metric": row.metric.name,
            "unit": row.metric.unit,
            "better": row.metric.better,
            "gate": row.gate.text if row.gate else None,
        }
        rows.append({key: each for key, each in figures.items() if _says(each)})
    return {
        "schema": "mlperf-loadgen/comparison/1",
        "scenario": comparison.scenario,
        "model": comparison.model,
        "runs": list(comparison.runs),
        "verdict": comparison.verdict,
        "exit_code": comparison.exit_code,
        "paired_by_schedule": comparison.by_schedule,
        "confidence": comparison.confidence,
        "rows": rows,
        "differs": [each._asdict() for each in comparison.differs],
        "notes": comparison.notes,
        "shift": dataclasses.asdict(comparison.shift) if comparison.shift else None,
    }


def cells(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the table as texts, with its head; without gates there are no columns for them."""
    interval = f"{100 * comparison.confidence:g} % interval"
    rows: list[tuple[str, ...]] = [("", "base", "new", "change", interval, "allowed", "")]
    rows += [_cells(row) for row in comparison.rows]
    return rows if any(row.gate for row in comparison.rows) else [row[:5] for row in rows]


def sentences(comparison: Comparison) -> list[str]:
    """Return what there is to say besides the figures."""
    texts = [sentence(comparison.shift)] if comparison.shift else []
    for row in comparison.rows:
        if row.verdict == UNDECIDED:
            assert row.gate is not None
            texts.append(
                f'"{row.gate.text}" is undecided: {row.note or "the interval is too wide"}'
            )
        if row.gate is not None and row.p_value is not None:
            texts.append(f"permutation test of runs, {row.metric.name}: p = {row.p_value:.2g}")
    if sum(row.gate is not None for row in comparison.rows) > 1:
        texts.append("the intervals of the gates are widened so that all of them hold together")
    texts += comparison.notes
    shown = comparison.differs[:_MOST_DIFFERENCES]
    if shown:
        listed = "; ".join(f"{each.name} {each.base} -> {each.new}" for each in shown)
        more = len(comparison.differs) - len(shown)
        texts.append(f"differs: {listed}" + (f"; and {more} more" if more else ""))
    return [one_line(text) for text in texts if text]


def value(number: float, unit: str) -> str:
    """Return a figure with its unit, for people."""
    if unit == "ns":
        return duration(number * 1e-9)
    if unit == "fraction":
        return f"{100 * number:.3g} %"
    return quantity(number) + (" J" if unit == "J" else "")


def _says(each: Any) -> bool:
    if isinstance(each, float):
        return math.isfinite(each)
    return each is not None and each != ""


def _cells(row: Row) -> tuple[str, ...]:
    interval = _DASH
    if row.low is not None and row.high is not None:
        digits = _digits(row) if row.relative else 0
        interval = f"{_change(row, row.low, digits, unit=False)} … {_change(row, row.high, digits)}"
    limit = row.gate.text.split(row.gate.op)[-1].strip() if row.gate else _DASH
    word = _WORDS[row.verdict] if row.verdict else ""
    return (
        row.metric.name,
        value(row.base, row.metric.unit),
        value(row.new, row.metric.unit),
        _change(row, row.change, _digits(row)),
        interval,
        limit.replace("%", " %"),
        word if word == "WORSE" else word.lower(),
    )


def _digits(row: Row) -> int:
    """Return how many decimals of a change in % say something."""
    if row.low is None or row.high is None:
        return 1
    return 2 if 100 * (row.high - row.low) < 0.5 else 1


def _change(row: Row, change: float, digits: int, *, unit: bool = True) -> str:
    if row.relative:
        # No "-0.0": what is shown as 0 has no sign that means anything.
        text = f"{100 * change:+.{digits}f}"
        text = f"+{0:.{digits}f}" if float(text) == 0 else text
        return f"{text} %" if unit else text
    sign = "+" if change >= 0 else "-"
    return f"{sign}{value(abs(change), row.metric.unit)}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return text whose characters mean nothing to Markdown or HTML."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_[]|#" else char for char in text)
