"""Writes the page of a comparison, what changed and where, and that of a history."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlperf_loadgen._core import __version__
from mlperf_loadgen.compare import history, render
from mlperf_loadgen.compare.charts import history_chart, runs_chart, shift_chart
from mlperf_loadgen.compare.comparison import Comparison
from mlperf_loadgen.compare.shift import sentence
from mlperf_loadgen.page import svg, theme
from mlperf_loadgen.page.charts import Chart
from mlperf_loadgen.page.charts.curve import curve_chart
from mlperf_loadgen.page.charts.over_time import over_time_chart
from mlperf_loadgen.page.render import POLICY, style, template
from mlperf_loadgen.page.runs import Run
from mlperf_loadgen.result.whole_file import write_whole

__all__ = ["html", "write_history", "write_page"]

Record = Mapping[str, Any]

_KINDS = {"worse": "invalid", "undecided": "broken", "fine": "valid", "better": "valid"}
_MOST_CURVES = 12


def write_page(
    comparison: Comparison, base: Sequence[Record], new: Sequence[Record], path: str | Path
) -> Path:
    """Write the page of a comparison of these records to a file; return it.

    Raises OutputError, and Error when what draws it is not installed.
    """
    path = Path(path)
    write_whole(path, html(comparison, base, new))
    return path


def html(comparison: Comparison, base: Sequence[Record], new: Sequence[Record]) -> str:
    """Return the page as text."""
    page = template("page.html.j2", Path(__file__).parent)
    from markupsafe import Markup

    sides = [_runs(base, "base", 0), _runs(new, "new", 1)]
    heads, *rows = render.cells(comparison)
    where = sentence(comparison.shift) if comparison.shift else ""
    title, _, verdict = render.title(comparison).rpartition(": ")
    return page.render(
        title=f"{verdict}: {title}",
        heading=title,
        verdict=verdict,
        kind=_KINDS.get(comparison.verdict, "none"),
        sentence=f"{_capital(where)}." if where else "",
        version=__version__,
        policy=POLICY,
        style=Markup(style()),
        heads=heads,
        rows=rows,
        notes=[_capital(text) for text in render.sentences(comparison) if text != where],
        keys=[
            {"text": run.key.rstrip("0123456789 "), "colour": run.colour, "dash": _joined(run.dash)}
            for run in (sides[0][0], sides[1][0])
        ],
        charts=[
            {"chart": chart, "svg": Markup(svg.draw(chart))}
            for chart in _charts(comparison, *sides)
        ],
        differs=comparison.differs,
        unofficial=_unofficial([*sides[0], *sides[1]]),
        schemas=sorted({str(record.get("schema", "")) for record in (*base, *new)}),
    )


def write_history(
    entries: Sequence[history.Entry], name: str, path: str | Path, last: int = 50
) -> Path:
    """Write the page of the last values of a metric in a history; return it.

    Raises ValueError when no result has the metric, OutputError, and Error as write_page.
    """
    page = template("history.html.j2", Path(__file__).parent)
    from markupsafe import Markup

    shown = history.having(entries, name)[-last:]
    if not shown:
        raise ValueError(f"no result with {name}")
    chart = history_chart(shown, [history.kind(each) for each in shown], name)
    heads, *rows = history.table(entries, name, last)
    path = Path(path)
    text = page.render(
        title=f"{name} of the last {len(shown)} results",
        sentence="",
        version=__version__,
        policy=POLICY,
        style=Markup(style()),
        charts=[{"chart": chart, "svg": Markup(svg.draw(chart))}],
        heads=heads,
        rows=rows,
        schemas=["a history"],
    )
    write_whole(path, text)
    return path


def _charts(comparison: Comparison, base: list[Run], new: list[Run]) -> list[Chart]:
    runs = [*base, *new]
    by_completion = any(r.record.get("timeline", {}).get("by") == "completion" for r in runs)
    gated = [row.metric.name for row in comparison.rows if row.gate]
    dots = next(iter(gated), "samples_per_second" if by_completion else "p99")
    found = [shift_chart(comparison), runs_chart(base, new, dots)]
    if not by_completion and len(runs) <= _MOST_CURVES:
        curves = curve_chart(runs, "latency", "Percentiles", "of the queries took at most {}")
        found.append(_of_sides(curves) if curves and len(runs) > 2 else curves)
    if not by_completion and len(runs) == 2:
        found.append(over_time_chart(runs, "latency", "Latency over time", "latency"))
    return [chart for chart in found if chart is not None]


def _runs(records: Sequence[Record], name: str, hue: int) -> list[Run]:
    several = len(records) > 1
    return [
        Run(
            record,
            key=f"{name} {i}" if several else name,
            colour=theme.SERIES[hue],
            dash=theme.DASHES[hue],
        )
        for i, record in enumerate(records, 1)
    ]


def _of_sides(curves: Chart) -> Chart:
    """Return the curves of many runs without the name of each at its end."""
    *lines, _ = curves.spec["layer"]
    return dataclasses.replace(
        curves,
        description="A line each run: whether the two sides differ more than their runs do.",
        spec={**curves.spec, "layer": lines},
    )


def _unofficial(runs: Sequence[Run]) -> str:
    keys = [run.key for run in runs if not run.record.get("official", {}).get("is")]
    if len(keys) == len(runs):
        return "These are not MLPerf results."
    return f"Not MLPerf results: {', '.join(keys)}." if keys else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(dash: Sequence[int]) -> str:
    return " ".join(map(str, dash))
