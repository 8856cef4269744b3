"""A completion call of which the core takes a part at once, up to a response that a log needs: the
rest keeps its own bytes, sizes, ids and token counts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
import pytest

Rows = Callable[[lg.Samples], object]


def table(samples: lg.Samples) -> object:
    return np.stack([samples.indices, samples.indices + 1000], axis=1)


def buffers(samples: lg.Samples) -> object:
    return [bytes([index]) * (1 + index % 7) for index in samples.indices.tolist()]


def expected(rows: Rows, index: int) -> bytes:
    if rows is buffers:
        return bytes([index]) * (1 + index % 7)
    return np.array([index, index + 1000], np.int64).tobytes()


def complete_list(samples: lg.Samples, rows: Rows) -> None:
    answers = [np.frombuffer(expected(rows, index), np.uint8) for index in samples.indices]
    lg.QuerySamplesComplete(
        [
            lg.QuerySampleResponse(number, answer.ctypes.data, answer.size, index + 2)
            for number, index, answer in zip(samples.ids, samples.indices, answers, strict=True)
        ]
    )


@pytest.mark.parametrize("by", ["samples", "ids", "list"])
@pytest.mark.parametrize("rows", [table, buffers])
def test_the_rest_is_its_own(rows: Rows, by: str, tmp_path: Path) -> None:
    def issue(samples: lg.Samples) -> None:
        samples.first_token()
        n_tokens = samples.indices + 2
        if by == "list":
            complete_list(samples, rows)
        elif by == "ids":  # every other one, then those between
            data = rows(samples)
            for part in (slice(0, None, 2), slice(1, None, 2)):
                lg.complete(samples.ids[part], data[part], n_tokens[part])  # type: ignore[index]
        else:
            samples.complete(rows(samples), n_tokens=n_tokens)

    report = lg.run(
        issue,
        range(64),
        scenario="MultiStream",
        multi_stream_samples_per_query=16,
        min_query_count=64,
        max_query_count=64,
        min_duration_ms=0,
        use_token_latencies=True,
        accuracy_log_probability=0.2,
        output=tmp_path,
    )
    assert report.errors == []
    assert report.missing_samples == 0
    records = json.loads(Path(report.accuracy_path).read_text(encoding="ascii"))
    assert 100 < len(records) < 320
    for record in records:
        index = record["qsl_idx"]
        assert bytes.fromhex(record["data"]) == expected(rows, index)
        assert record["token_count"] == index + 2


def test_the_rest_keeps_its_stride(tmp_path: Path) -> None:
    strides: set[int] = set()

    def issue(samples: lg.Samples) -> None:  # on two threads, each of which has every other query
        time.sleep(0.001)
        if len(samples) <= 64:  # more are not completed at once
            strides.update(np.diff(samples.ids).tolist())
        samples.complete(table(samples))

    report = lg.run(
        issue,
        range(64),
        scenario="Server",
        target_qps=20_000,
        server_coalesce_queries=True,
        server_num_issue_query_threads=2,
        min_query_count=4000,
        min_duration_ms=0,
        accuracy_log_probability=0.1,
        output=tmp_path,
    )
    assert strides == {2}
    assert report.errors == []
    records = json.loads(Path(report.accuracy_path).read_text(encoding="ascii"))
    assert len(records) > 100
    for record in records:
        assert bytes.fromhex(record["data"]) == expected(table, record["qsl_idx"])
