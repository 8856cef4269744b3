"""What a notebook shows of a result: small, whole, without script and style."""

from __future__ import annotations

import base64
import re
import sys

import pytest
from mlperf_loadgen.page.notebook import html_of

from tests.python.page import results


@pytest.mark.parametrize("name", results.ALL)
def test_it_is_small_and_needs_nothing(name: str) -> None:
    text = html_of(results.ALL[name]())
    assert len(text) < 60_000
    assert not re.search(r"<script|<style|<svg|style=|https?:", text)
    pictures = re.findall(r'<img alt="([^"]+)" [^>]*src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert len(pictures) == (0 if name == "bare" else 2)
    assert all(base64.b64decode(data).startswith(b"<svg ") for _, data in pictures)


def test_it_says_verdict_and_figures() -> None:
    text = html_of(results.good())
    assert "<b>VALID</b> 1,0" in text
    assert "queries a second" in text
    assert "<th>latency p99</th>" in text
    assert "Not an MLPerf result; no rules were asked for." in html_of(results.broken())


def test_what_a_result_says_is_never_markup() -> None:
    record = results.broken()
    record["run"]["sut"] = record["run"]["end_reason"] = "<img src=x onerror=alert(1)>"
    assert "<img src=x" not in html_of(record)


def test_figures_are_shown_where_nothing_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    text = html_of(results.good())
    assert "<img" not in text
    assert "<th>latency p99</th>" in text
