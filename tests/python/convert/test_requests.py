"""Results that are made of what other load generators write about each request."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mlperf_loadgen.convert.reading import read
from mlperf_loadgen.result import store
from mlperf_loadgen.untrusted import FileError

SCHEMA = json.loads(files("mlperf_loadgen.result").joinpath("schema.json").read_text())
BEGIN = 1_759_813_207_000_000_000

VLLM = {
    "completed": 3,
    "request_throughput": 1.5,
    "model_id": "a/model",
    "start_times": [101.0, 100.0, 100.5, 100.6],
    "ttfts": [0.25, 0.5, 0.125, 0.0],
    "itls": [[0.25, 0.5], [0.5], [], []],
    "output_lens": [3, 2, 1, 0],
    "errors": ["", "", "", "refused"],
}


def aiperf(number: int, **more: Any) -> dict[str, Any]:
    start = BEGIN + 10_000_000 * number
    about = {"request_start_ns": start, "request_end_ns": start + 9_000_000}
    return {
        "metadata": {**about, "benchmark_phase": "profiling", "was_cancelled": False},
        "metrics": {
            "request_latency": {"value": 8.5, "unit": "ms"},
            "time_to_first_token": {"value": 2.5, "unit": "ms"},
            "output_sequence_length": {"value": 4, "unit": "tokens"},
        },
        "error": None,
        **more,
    }


AIPERF = [
    aiperf(2),
    aiperf(0),
    aiperf(1, metrics={}, error={"code": 499, "type": "RequestCancellationError"}),
    aiperf(3, metadata={**aiperf(3)["metadata"], "benchmark_phase": "warmup"}),
]
K6_HEADING = (
    "metric_name,timestamp,metric_value,check,error,error_code,group,method,name,proto,scenario,"
    "status,subproto,tls_version,url,extra_tags"
)
K6 = (
    f"{K6_HEADING}\n"
    "http_reqs,{0},1.000000,,,,,GET,http://a,HTTP/1.1,default,200,,,http://a,\n"
    "http_req_duration,{0},221.899000,,,,,GET,http://a,HTTP/1.1,default,200,,,http://a,\n"
    'http_req_duration,{1},20.5,,,,,GET,"http://a?b,c",HTTP/1.1,default,200,,,http://a,\n'
    "http_req_duration,{1},1.5,,,1404,,GET,http://a,HTTP/1.1,default,404,,,http://a,\n"
)
VEGETA = (
    f"{BEGIN},200,1500000,0,12,,aGk=,attack,0,GET,http://a,SGk=\n"
    f"{BEGIN + 1000},500,90,0,12,500 Internal Server Error,,attack,1,GET,http://a,\n"
    f"{BEGIN + 2000},200,2500000,0,12,,aGk=,attack,2,GET,http://a,SGk=\n"
)


def lines(entries: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def made(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "input").write_text(text)
    record = read(tmp_path / "input")
    Draft202012Validator(SCHEMA).validate(record)
    assert store.load(store.save(record, tmp_path / "result")) == record
    assert record["official"]["is"] is False
    assert record["run"]["scenario"] == "OpenLoop"
    assert "lag" not in record
    return record


def test_vllm(tmp_path: Path) -> None:
    record = made(tmp_path, json.dumps(VLLM))
    assert record["run"]["sut"] == "a/model"
    assert record["run"]["duration_ns"] == 2_000_000_000
    assert record["latency"]["max_ns"] == 1_000_000_000
    assert record["latency"]["count"] == 3
    assert record["ttft"]["min_ns"] == 125_000_000
    assert record["tpot"]["count"] == 2  # one had a single token
    assert record["tpot"]["min_ns"] == 375_000_000
    assert record["metrics"]["errors"] == 0.25
    assert record["headline"]["name"] == "tokens_per_second"
    assert record["headline"]["value"] == 3


def test_aiperf(tmp_path: Path) -> None:
    record = made(tmp_path, lines(AIPERF))
    assert record["phases"][0]["queries"] == 3
    assert record["latency"]["mean_ns"] == 8_500_000
    assert record["ttft"]["max_ns"] == 2_500_000
    assert record["tpot"]["max_ns"] == 2_000_000
    assert record["metrics"]["errors"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("unit", [10**9, 10**6, 10**3, 1])
def test_k6_in_each_unit_of_time(unit: int, tmp_path: Path) -> None:
    times = [(BEGIN + after) // unit for after in (0, 3_000_000_000)]
    record = made(tmp_path, K6.format(*times))
    assert record["latency"]["max_ns"] == 221_899_000
    assert record["latency"]["min_ns"] == 20_500_000
    assert record["run"]["duration_ns"] == 3_221_899_000
    assert sum(record["timeline"]["failed"]) == 1
    assert ("whole seconds" in str(record["generator"]["notes"])) == (unit == 10**9)


def test_vegeta(tmp_path: Path) -> None:
    record = made(tmp_path, VEGETA)
    assert record["latency"]["curve_ns"] == [1_500_000, *record["latency"]["curve_ns"][1:]]
    assert record["latency"]["max_ns"] == 2_500_000
    assert record["run"]["duration_ns"] == 2_502_000
    assert record["headline"]["name"] == "qps"


def without(name: str) -> str:
    return json.dumps({key: value for key, value in VLLM.items() if key != name})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (without("start_times"), "input: it has no start_times"),
        (json.dumps({**VLLM, "ttfts": [1]}), "must have the same length"),
        (json.dumps({**VLLM, "ttfts": [1, 1, 1, "1"]}), "input: request 3: .* must be numbers"),
        (json.dumps({**VLLM, "output_lens": [1, 1, -1, 1]}), "request 2: a count of tokens of -1"),
        (json.dumps({**VLLM, "itls": [[-9], [], [], []]}), "request 0: a duration"),
        (json.dumps({**VLLM, "errors": ["a", "b", "c", "d"]}), "no request that was answered"),
        (lines([aiperf(1), {}]), 'input:2: must have a field "metadata"'),
        (lines([aiperf(1)]) + "{", "input:2: not a JSON object"),
        (lines([aiperf(1, metrics={"request_latency": {"value": 1, "unit": "h"}})]), "unit"),
        (VEGETA + "1,2\n", "input:4: 2 columns"),
        (VEGETA.replace("2500000", "soon"), "input:3: 'soon' is not a time"),
        (K6.format(BEGIN, "now"), "input:4: 'now' is not a time"),
        (K6.format(BEGIN, BEGIN) + "http_req_duration,1\n", "input:6: 2 columns"),
        ("a,b\n", "not a JSON file"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "input").write_text(text)
    with pytest.raises(FileError, match=said):
        read(tmp_path / "input")


def test_many_requests_take_the_space_of_few(tmp_path: Path) -> None:
    rows = (
        f"{BEGIN + 1_000_000 * i},200,{1000 + i * i},0,12,,,attack,{i},GET,http://a,\n"
        for i in range(20_000)
    )
    record = made(tmp_path, "".join(rows))
    assert (tmp_path / "result/report.json").stat().st_size < 500_000
    assert sum(record["timeline"]["completed"]) == 20_000
