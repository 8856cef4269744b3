"""``mlperf-loadgen convert``: a result for other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlperf_loadgen.result import store

from tests.python.result import synthetic

from .conftest import Program


@pytest.fixture
def result(folder: Path) -> Path:
    store.save(synthetic.server(2_000), folder / "a")
    return folder


def test_it_goes_to_standard_output(program: Program, result: Path) -> None:
    ended = program("convert", "a", "--to", "json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["p99"] > 0


def test_or_to_a_file(program: Program, result: Path) -> None:
    ended = program("convert", "a", "--to", "openmetrics", "-o", "prom/a.prom")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "mlperf-loadgen: written: prom/a.prom\n"
    assert (result / "prom/a.prom").read_text().endswith("# EOF\n")


def test_what_a_result_does_not_have_is_said(program: Program, result: Path) -> None:
    record = synthetic.server(2_000)
    del record["latency"]
    store.save(record, result / "short")
    ended = program("convert", "short", "--to", "hgrm")
    assert ended.code == 2
    assert ended.err == "mlperf-loadgen: short: this result has no curve of latencies.\n"


def test_an_unknown_format(program: Program, result: Path) -> None:
    ended = program("convert", "a", "--to", "xml")
    assert ended.code == 2
    assert "hgrm" in ended.err


def test_a_folder_of_logs_becomes_a_result(program: Program, folder: Path) -> None:
    assert program("run", "builtin:null", "--duration", "20ms", "-q", "-o", "a").code in (0, 3)
    (folder / "a/report.json").unlink()
    ended = program("convert", "a", "--to", "report", "-o", "b")
    assert (ended.code, ended.err) == (0, "mlperf-loadgen: written: b/report.json\n")
    assert store.load(folder / "b")["official"]["is"] is False
    assert program("convert", "a", "--to", "csv").out.startswith("metric,value,unit,better\n")


def test_an_input_that_is_none_is_said(program: Program, folder: Path) -> None:
    (folder / "empty").mkdir()
    ended = program("convert", "empty", "--to", "report")
    assert ended.code == 2
    assert ended.err.startswith("mlperf-loadgen: empty: there is no report.json")


def test_requests_of_another_tool_are_drawn_and_compared(program: Program, folder: Path) -> None:
    pytest.importorskip("vl_convert")
    pytest.importorskip("scipy")
    begin = 1_759_813_207_000_000_000
    for name, latency in (("a", 1_000_000), ("b", 1_500_000)):
        rows = (
            f"{begin + 1_000_000 * i},200,{latency + i % 7},0,1,,,x,{i},GET,u,\n"
            for i in range(1_000)
        )
        (folder / f"{name}.csv").write_text("".join(rows))
        assert program("convert", f"{name}.csv", "--to", "report", "-o", name).code == 0
    assert program("report", "a", "b", "-o", "both.html").code == 0
    ended = program("compare", "a", "b", "--undecided", "pass")
    assert ended.code in (0, 4), ended.err
    assert "+50.0 %" in ended.out
