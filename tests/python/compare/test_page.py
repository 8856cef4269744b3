"""The page of a comparison: complete by itself, of whatever there is, safe with any text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mlperf_loadgen.compare import compare, history, page
from mlperf_loadgen.compare.charts import runs_chart, shift_chart
from mlperf_loadgen.result.condition import parse

from tests.python.result import synthetic

pytest.importorskip("vl_convert")
pytest.importorskip("jinja2")

GATES = [parse("p99>+5%", change=True)]


def drawn(text: str) -> list[str]:
    return re.findall(r'<figure class="chart row" id="([\w-]+)">', text)


def test_a_run_against_another(tmp_path: Path) -> None:
    base, new = [synthetic.server()], [synthetic.server(seed=2)]
    found = compare(base, new, GATES)
    path = page.write_page(found, base, new, tmp_path / "compare.html")
    text = path.read_text(encoding="utf-8")
    assert drawn(text) == ["shift", "latency-curve", "latency-over-time"]
    assert f'<p class="verdict">{found.verdict.upper()}</p>' in text
    assert len(text) < 300_000
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="', text)


def test_several_runs_a_side_are_dots_in_order() -> None:
    base = [synthetic.single_stream(200, seed=i, started_at=f"2026-11-0{i}") for i in (1, 3, 5)]
    new = [synthetic.single_stream(200, seed=i, started_at=f"2026-11-0{i}") for i in (2, 4, 6)]
    found = compare(base, new, GATES)
    assert drawn(page.html(found, base, new)) == ["shift", "runs", "latency-curve"]
    sides = page._runs(base, "base", 0), page._runs(new, "new", 1)
    chart = runs_chart(*sides, "p99")
    assert chart is not None
    assert [row[0] for row in chart.table.rows] == [
        "base 1", "new 1", "base 2", "new 2", "base 3", "new 3"
    ]  # fmt: skip


def test_the_shift_has_the_numbers_of_the_comparison() -> None:
    found = compare([synthetic.server()], [synthetic.server(seed=2, slower=1.2)], GATES)
    chart = shift_chart(found)
    assert chart is not None
    assert found.shift is not None
    assert len(chart.table.rows) == len(found.shift.fractions)
    assert chart.table.rows[0][:2] == ["p1", f"{100 * found.shift.change[0]:+.2f} %"]


@pytest.mark.parametrize("make", [synthetic.offline, lambda: synthetic.single_stream(20)])
def test_little_can_be_shown_of_some(make: synthetic.Maker) -> None:
    base, new = [make()], [make()]
    assert "<main>" in page.html(compare(base, new), base, new)


def test_a_history(tmp_path: Path) -> None:
    records = [synthetic.server(2_000, seed=i, label="<b>") for i in range(4)]
    records[1]["environment"] = {"processor": {"model": "other"}}
    entries = [history.entry_of(record, "a") for record in records]
    text = page.write_history(entries, "p99", tmp_path / "h.html").read_text(encoding="utf-8")
    assert drawn(text) == ["history"]
    assert text.count("<tr>") == 2 + 2 * len(entries)  # the table, and that of the chart
    assert "<b>" not in text.split("</style>")[1]
    with pytest.raises(ValueError, match="no result with ttft"):
        page.write_history(entries, "ttft.p99", tmp_path / "h.html")


def test_texts_from_outside_are_shown_as_they_are() -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    base, new = [synthetic.server(2_000)], [synthetic.server(2_000, label=evil)]
    for record in (*base, *new):
        record["run"]["model"] = evil
    new[0]["run"]["sut"] = evil
    assert "<img" not in page.html(compare(base, new), base, new)
