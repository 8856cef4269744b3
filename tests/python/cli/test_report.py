"""``mlperf-loadgen report``: pages of results that are on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlperf_loadgen.result import store

from tests.python.result import synthetic

from .conftest import Program


@pytest.fixture
def results(folder: Path) -> Path:
    for seed, name in enumerate(("a", "b"), 1):
        store.save(synthetic.server(2_000, seed=seed), folder / name)
    return folder


def test_a_page_is_drawn_beside_its_result(program: Program, results: Path) -> None:
    pytest.importorskip("vl_convert")
    ended = program("report", "a")
    assert (ended.code, ended.err) == (0, "mlperf-loadgen: written: a/report.html\n")
    assert (results / "a/report.html").read_text().startswith("<!")
    assert program("report", "a/report.html", "-o", "again.html").code == 0


def test_several_are_laid_over_each_other(program: Program, results: Path) -> None:
    pytest.importorskip("vl_convert")
    ended = program("report", "a", "b", "-o", "both.html")
    assert (ended.code, ended.err) == (0, "mlperf-loadgen: written: both.html\n")


def test_what_is_no_result_is_said(program: Program, results: Path) -> None:
    (results / "new").mkdir()
    (results / "new/report.json").write_text('{"schema": "mlperf-loadgen/report/2"}')
    ended = program("report", "new")
    assert (ended.code, ended.err) == (
        2,
        "mlperf-loadgen: new/report.json: schema report/2; this version reads up to report/1. "
        "Update it.\n",
    )
    ended = program("report", "none")
    assert ended.code == 2
    assert ended.err.startswith("mlperf-loadgen: none: ")
    assert ended.err.count("\n") == 1
