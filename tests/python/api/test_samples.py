"""Samples of a query as arrays, and the rows, tokens and ids that complete them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import numpy.typing as npt
import pytest
from quick import SAMPLES, in_a_query, logged, run


class TestSamples:
    def test_arrays(self) -> None:
        def check(samples: lg.Samples) -> None:
            assert len(samples) == 4
            assert samples.ids.dtype == np.uint64
            assert samples.indices.dtype == np.int64
            assert samples.ids.shape == samples.indices.shape == (4,)
            assert len(set(samples.ids.tolist())) == 4
            assert 0 not in samples.ids
            assert not samples.indices.flags.writeable
            assert repr(samples) == "<mlperf_loadgen.Samples: 4>"
            samples.complete()

        in_a_query(check)

    def test_slices(self) -> None:
        def check(samples: lg.Samples) -> None:
            for part in (slice(1, 3), slice(None), slice(-1, None), slice(2, 99), slice(3, 1)):
                assert samples[part].ids.tolist() == samples.ids[part].tolist()
                assert samples[part].indices.tolist() == samples.indices[part].tolist()
                assert len(samples[part]) == len(samples.ids[part])
            assert samples[1:][1:][0:1].ids.tolist() == samples.ids[2:3].tolist()
            with pytest.raises(ValueError, match="steps of 1"):
                samples[::2]
            with pytest.raises(TypeError, match=r"samples\[i : i \+ 1\]"):
                samples[0]  # type: ignore[index]
            with pytest.raises(TypeError, match=r"samples\.indices\[i\]"):
                list(samples)  # type: ignore[call-overload]
            samples[4:].complete()  # completes nothing
            samples.complete()

        in_a_query(check)

    @pytest.mark.parametrize("coalesce", [False, True])
    def test_they_stay_valid_after_the_test(self, coalesce: bool) -> None:
        kept: list[tuple[lg.Samples, npt.NDArray[np.int64], list[int], list[int]]] = []

        def sut(samples: lg.Samples) -> None:
            copies = samples.indices.tolist(), samples.ids.tolist()
            kept.append((samples, samples.indices, *copies))
            samples.complete()

        run(sut, "Server", target_qps=100000, server_coalesce_queries=coalesce)
        for samples, array, indices, ids in kept:
            assert array.tolist() == samples.indices.tolist() == indices
            assert samples[:].ids.tolist() == ids
        with pytest.raises(lg.StateError, match="no test is running"):
            kept[0][0].complete()


class TestRows:
    @pytest.mark.parametrize(
        "rows",
        [
            np.arange(4, dtype=np.uint8),
            np.arange(8, dtype=np.float16).reshape(4, 2),
            np.arange(4, dtype=np.complex128).reshape(4, 1, 1),
            np.arange(32, dtype=">i4").reshape(4, 8)[:, ::2],
            np.asfortranarray(np.arange(12.0).reshape(4, 3)),
            np.zeros((4, 0)),
            np.array([True, False, True, True]),
            memoryview(b"abcd"),
            np.array(["2020-01-01"] * 4, dtype="M8[s]"),
        ],
        ids=lambda rows: str(getattr(rows, "dtype", "memoryview")),
    )
    def test_row_i_of_an_array_answers_sample_i(self, rows: Any, tmp_path: Path) -> None:
        table = np.asarray(rows)

        def sut(samples: lg.Samples) -> None:
            samples.complete(rows)
            answered.update(zip(samples.indices.tolist(), range(4), strict=True))

        answered: dict[int, int] = {}
        report = run(sut, "Offline", library=range(4), mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {index: table[i].tobytes() for index, i in answered.items()}
        assert len(answered) == 4

    @pytest.mark.parametrize("kind", [list, tuple])
    def test_rows_of_different_lengths(self, kind: type, tmp_path: Path) -> None:
        rows: list[Any] = [b"", None, bytearray(b"\x01\x02"), np.arange(3.0), memoryview(b"x")]

        def sut(samples: lg.Samples) -> None:
            samples.complete(kind(rows[index] for index in samples.indices))

        report = run(sut, "Offline", library=range(5), mode="AccuracyOnly", output=tmp_path)
        answers = logged(report)
        assert [answers[i] for i in range(5)] == [b"", b"", b"\x01\x02", rows[3].tobytes(), b"x"]

    @pytest.mark.parametrize(
        ("rows", "error", "says"),
        [
            (np.zeros((3, 2)), ValueError, "rows: 3 given for 4 samples"),
            ([b"a"] * 5, ValueError, "rows: 5 given for 4 samples"),
            (np.zeros(()), ValueError, "row i answers sample i"),
            (b"abcd", ValueError, "row i answers sample i"),
            (np.array([object()] * 4), TypeError, "an array of objects"),
            ({0: 1}, TypeError, "an array of objects"),
            ([1, 2, 3, 4], TypeError, "bytes-like"),
            (["a"] * 4, TypeError, "bytes-like"),
            ([np.zeros((4, 4))[:, 1]] * 4, ValueError, "contiguous"),
        ],
    )
    def test_rows_that_answer_nothing(self, rows: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                samples.complete(rows)
            with pytest.raises(error, match=says):
                lg.complete(samples.ids, rows)
            samples.complete()  # none was completed by the wrong calls

        in_a_query(check)

    @pytest.mark.parametrize(
        ("ids", "error", "says"),
        [
            ([1.5], TypeError, "ids: whole numbers are needed, not an array of float64"),
            (None, TypeError, "whole numbers"),
            (["a"], TypeError, "whole numbers"),
            ([[1]], ValueError, "one-dimensional"),
            (1, ValueError, "one-dimensional"),
        ],
    )
    def test_ids_that_are_none(self, ids: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                lg.complete(ids)
            with pytest.raises(error, match=says):
                lg.first_token(ids)
            lg.complete([])
            samples.complete()

        in_a_query(check)

    def test_the_arrays_may_change_after_the_call(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            rows = samples.indices.astype(np.uint8)
            samples.complete(rows)
            rows[:] = 255

        report = run(sut, "MultiStream", mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}


class TestTokens:
    def test_counts_and_first_tokens(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            rows = samples.indices.astype(np.uint8)
            samples.first_token(rows)
            samples.complete(rows, n_tokens=samples.indices + 2)

        report = run(sut, "Server", use_token_latencies=True, mode="SubmissionRun", output=tmp_path)
        assert report.errors == []
        assert report.tokens is not None
        count = report.sample_count
        assert len(report.ttft_latencies_ns) == len(report.tpot_latencies_ns) == count
        assert report.tokens.token_count >= 2 * count
        assert report.tokens.ttft_ns.max == report.ttft_latencies_ns.max()
        assert report.tokens.tpot_ns.min == report.tpot_latencies_ns.min()
        assert (report.ttft_latencies_ns <= report.latencies_ns).all()
        for record in json.loads(Path(report.accuracy_path).read_text()):
            assert record["token_count"] == record["qsl_idx"] + 2
            assert record["token_data"] == record["data"] == f"{record['qsl_idx']:02X}"

    def test_by_ids(self) -> None:
        def sut(samples: lg.Samples) -> None:
            lg.first_token(samples.ids)
            lg.complete(samples.ids, n_tokens=[3] * len(samples))

        report = run(sut, "MultiStream", use_token_latencies=True)
        assert report.tokens is not None
        assert report.tokens.token_count == 3 * report.sample_count

    @pytest.mark.parametrize(
        ("n_tokens", "error", "says"),
        [
            ([1, 2], ValueError, "n_tokens: 2 given for 4 samples"),
            ([1] * 5, ValueError, "n_tokens: 5 given for 4 samples"),
            (5, ValueError, "n_tokens: 1 given for 4 samples"),
            ([1.5] * 4, TypeError, "n_tokens: whole numbers are needed, not an array of float64"),
            (["a"] * 4, TypeError, "whole numbers"),
        ],
    )
    def test_counts_that_are_none(self, n_tokens: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                samples.complete(n_tokens=n_tokens)
            samples.complete()

        in_a_query(check)

    def test_a_completion_without_its_first_token_is_an_error(self) -> None:
        def sut(samples: lg.Samples) -> None:
            samples.complete(n_tokens=[3] * len(samples))

        report = run(sut, use_token_latencies=True)
        assert "before it's first token latency" in "".join(report.errors)
