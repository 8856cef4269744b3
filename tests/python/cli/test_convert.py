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
