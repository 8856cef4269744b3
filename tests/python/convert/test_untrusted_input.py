"""Whatever is in a file of another program: a result that can be read, or a FileError."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlperf_loadgen.convert.loadgen_logs import DETAIL
from mlperf_loadgen.convert.loadgen_trace import NAME as TRACE
from mlperf_loadgen.convert.reading import read
from mlperf_loadgen.result import store
from mlperf_loadgen.untrusted import FileError

from .test_loadgen_logs import SAMPLE, entry
from .test_requests import AIPERF, BEGIN, K6, VEGETA, VLLM, lines

DETAIL_LOG = "".join(
    [
        entry("effective_scenario", "SingleStream"),
        entry("effective_test_mode", "PerformanceOnly"),
        entry("result_90.00_percentile_latency_ns", 30),
        entry("power_begin", "11-30-2026 22:40:26.118"),
    ]
)
NUMBERS = ["-1", "0", "1e308", "1e999", "9" * 18, "9" * 400, "NaN", "null", '"x"', "[]", "true"]
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text with parts of it replaced by what may be a number, or cut out."""
    for _ in range(draw(st.integers(0, 3))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(begin + 12, len(text))))
        text = (
            text[:begin] + draw(st.sampled_from(["", *NUMBERS]) | st.text(max_size=3)) + text[end:]
        )
    return text


def read_or_refuse(path: Path, folder: Path) -> None:
    try:
        record = read(path)
    except FileError:
        return
    assert store.load(store.save(record, folder / "result")) == record


@QUICK
@given(
    text=st.sampled_from(
        [json.dumps(VLLM), lines(AIPERF), K6.format(BEGIN, BEGIN + 1), VEGETA]
    ).flatmap(damaged)
)
def test_a_file_of_requests(text: str, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(text.encode(errors="replace"))
    read_or_refuse(path, tmp_path)


@QUICK
@given(detail=damaged(DETAIL_LOG), trace=damaged(SAMPLE + SAMPLE.replace('q":0', 'q":1')))
def test_a_folder_of_logs(detail: str, trace: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir(exist_ok=True)
    (logs / DETAIL).write_bytes(detail.encode(errors="replace"))
    (logs / TRACE).write_bytes(trace.encode(errors="replace"))
    read_or_refuse(logs, tmp_path)
