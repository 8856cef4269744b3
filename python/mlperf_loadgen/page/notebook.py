"""Shows a result in a notebook: its figures, and two small pictures where they can be drawn."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

from mlperf_loadgen.errors import Error
from mlperf_loadgen.page import svg, theme, view
from mlperf_loadgen.page.charts import Chart
from mlperf_loadgen.page.charts.counts import throughput_chart
from mlperf_loadgen.page.charts.curve import curve_chart
from mlperf_loadgen.page.charts.over_time import over_time_chart
from mlperf_loadgen.page.runs import Run, runs_of

__all__ = ["html_of"]

_WIDTH = 620  # pixels of a picture
_GROUND = "#ffffff"  # a picture cannot know that of the notebook


def html_of(record: Mapping[str, Any]) -> str:
    """Return HTML of less than 60 kB, without script and style sheet, that needs nothing else.

    Pictures are images in ``data:`` addresses, since some notebooks drop ``<svg>``. Without the
    extra ``report`` there are only the figures.
    """
    run = runs_of([record])[0]
    shown = view.result(run)
    banner = shown.banner
    head = " ".join(text for text in (banner.value, banner.unit) if text)
    lines = [f"<b>{_text(banner.verdict)}</b> {_text(head)}", _text(banner.sentence)]
    if banner.unofficial is not None:
        lines.append(_text("; ".join(["Not an MLPerf result", *banner.unofficial])) + ".")
    lines += [_text(finding.text) for finding in banner.findings]
    names = "".join(f"<th>{_text(card.name)}</th>" for card in shown.cards)
    values = "".join(f"<td>{_text(card.value)}</td>" for card in shown.cards)
    table = f"<table><tr>{names}</tr><tr>{values}</tr></table>" if shown.cards else ""
    title = f"<p>{_text(banner.name)}, {_text(banner.about)}</p>"
    return title + "<br>".join(line for line in lines if line) + table + _pictures(run)


def _pictures(run: Run) -> str:
    offline = run.record.get("timeline", {}).get("by") == "completion"
    of = "query_latency" if run.whole_queries else "latency"
    charts = [
        curve_chart([run], of, "Percentiles", "of the queries took at most {}"),
        throughput_chart([run])
        if offline
        else over_time_chart([run], "latency", "Latency over time", "latency", lines_only=True),
    ]
    try:
        return "".join(_picture(chart) for chart in charts if chart is not None)
    except Error:  # what draws them is not installed
        return ""


def _picture(chart: Chart) -> str:
    spec = {**chart.spec, "config": {**chart.spec["config"], "background": _GROUND}}
    drawn = svg.draw(Chart(chart.name, chart.title, chart.description, spec, chart.table))
    packed = base64.b64encode(drawn.encode()).decode()
    text = _text(f"{chart.title}. {chart.description}")
    height = _WIDTH * _height(spec) // (theme.WIDTH + _padding("left") + _padding("right"))
    size = f'width="{_WIDTH}" height="{height}"'
    return f'<p>{text}<br><img alt="{text}" {size} src="data:image/svg+xml;base64,{packed}"></p>'


def _height(spec: Mapping[str, Any]) -> int:
    return int(spec["height"]) + _padding("top") + _padding("bottom")


def _padding(side: str) -> int:
    return theme.PADDING[side]


def _text(text: str) -> str:
    return html.escape(text)
