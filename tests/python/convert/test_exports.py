"""What a result looks like to other tools."""

from __future__ import annotations

import csv
import json
import re

import pytest
from mlperf_loadgen.convert.figures import as_csv, as_json
from mlperf_loadgen.convert.hgrm import as_hgrm
from mlperf_loadgen.convert.openmetrics import as_openmetrics
from mlperf_loadgen.result.metrics import METRICS

from tests.python.result import synthetic

RECORD = synthetic.with_tokens(2_000)


def test_json_has_every_metric_by_its_name() -> None:
    figures = json.loads(as_json(RECORD))
    assert figures["ttft.p99"] == RECORD["metrics"]["ttft.p99"]
    assert set(figures) == {*RECORD["metrics"], "headline"}


def test_csv_has_a_row_a_figure() -> None:
    heading, *rows = csv.reader(as_csv(RECORD).splitlines())
    assert heading == ["metric", "value", "unit", "better"]
    assert ["p99", repr(RECORD["metrics"]["p99"]), "ns", "lower"] in rows
    assert ["headline", repr(RECORD["headline"]["value"]), "1/s", "higher"] in rows


def test_a_name_that_is_no_metric_stays_out() -> None:
    figures = {**RECORD["metrics"], "=cmd()": 1}
    assert "cmd" not in as_csv({**RECORD, "metrics": figures})


def test_hgrm_counts_the_samples_within_each_value() -> None:
    rows = [line.split() for line in as_hgrm(RECORD).splitlines()]
    values = [row for row in rows if row and row[0][0].isdigit()]
    assert len(values) == len(RECORD["latency"]["curve_ns"])
    median = min(values[:-1], key=lambda row: abs(float(row[1]) - 0.5))
    assert abs(int(median[2]) / 2_000 - float(median[1])) <= 1 / 2_000
    assert float(median[3]) == pytest.approx(1 / (1 - float(median[1])), abs=0.01)
    p99 = next(row for row in values if row[1] == "0.990000000000")
    assert float(p99[0]) == pytest.approx(RECORD["metrics"]["p99"] / 1e6, abs=1e-6)
    assert values[-1][1:] == ["1.000000000000", "2000", "inf"]


def test_hgrm_of_a_curve_that_is_too_long_ends_with_its_last_sample() -> None:
    latency = {"count": 10, "curve_ns": [5] * 10_000, "mean_ns": 5}
    assert as_hgrm({"latency": latency}).count("\n") < 50


def test_hgrm_of_a_result_without_latencies_is_refused() -> None:
    with pytest.raises(ValueError, match="no curve"):
        as_hgrm({"run": {"scenario": "Server"}})


def families(text: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))


def test_openmetrics_names_end_in_their_unit() -> None:
    text = as_openmetrics(RECORD)
    assert text.endswith("\n# EOF\n")
    for name, unit in re.findall(r"^# UNIT (\S+) (\S+)$", text, re.MULTILINE):
        assert name.endswith(f"_{unit}")
    of = families(text)
    assert of["mlperf_loadgen_ttft_seconds"] == "summary"
    assert of["mlperf_loadgen_queries_per_second"] == "gauge"
    assert len(of) == text.count("# TYPE")  # each family once, in one place


def test_openmetrics_is_in_base_units() -> None:
    found = re.search(
        r'latency_seconds\{run="\w+",scenario="Server",sut="synthetic",'
        r'quantile="0.99"\} (\S+)',
        as_openmetrics(RECORD),
    )
    assert found is not None
    assert float(found[1]) == RECORD["metrics"]["p99"] / 1e9
    assert "latency_seconds_count{" in as_openmetrics(RECORD)


def test_openmetrics_escapes_labels() -> None:
    sut = 'a "quoted" \\ name\nof two lines'
    text = as_openmetrics({**RECORD, "run": {**RECORD["run"], "sut": sut}})
    assert 'sut="a \\"quoted\\" \\\\ name of two lines"' in text


def test_every_metric_can_be_exported() -> None:
    record = {**RECORD, "metrics": dict.fromkeys(METRICS, 1.5), "verdict": {"valid": False}}
    assert as_csv(record).count("\n") == len(METRICS) + 1
    assert "mlperf_loadgen_valid{" in as_openmetrics(record)
