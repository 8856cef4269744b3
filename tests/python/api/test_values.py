"""What is taken as an answer, and what as a whole number."""

from __future__ import annotations

import ctypes
import decimal
import fractions
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log

STRINGS: Any = getattr(getattr(np, "dtypes", None), "StringDType", None)


class WithObject(ctypes.Structure):
    _fields_ = (("O", ctypes.c_int), ("held", ctypes.py_object))


class WithNumbers(ctypes.Structure):
    _fields_ = (("O", ctypes.c_int), ("P", ctypes.c_double))


NESTED = np.dtype([("a", "i4"), ("b", [("c", "f8"), ("d", "O")])])
CALLBACK = ctypes.CFUNCTYPE(None)


def answer_with(rows: Any, folder: Path) -> lg.Report:
    return lg.run(
        lambda samples: samples.complete(rows(len(samples))),
        range(4),
        scenario="Offline",
        mode="AccuracyOnly",
        output=folder,
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (lambda n: np.array([object()] * n), "an array of objects"),
        (lambda n: [np.array([object()])] * n, "item 0: an array of objects"),
        (lambda n: [b"", np.array([object()]), b"", b""], "item 1: an array of objects"),
        (lambda n: np.zeros(n, NESTED), "holds references"),
        (lambda n: [np.zeros(1, NESTED)] * n, "holds references"),
        (lambda n: [memoryview(np.array([object()]))] * n, "memoryview of format 'O'"),
        (lambda n: (ctypes.py_object * n)(), "holds references"),
        (lambda n: [(ctypes.py_object * 1)()] * n, "holds references"),
        (lambda n: [(ctypes.c_void_p * 1)()] * n, "holds references"),
        (lambda n: (ctypes.c_char_p * n)(), "holds references"),
        (lambda n: [ctypes.pointer(ctypes.c_int(5))] * n, "holds references"),
        (lambda n: [(CALLBACK * 1)()] * n, "holds references"),
        (lambda n: [WithObject()] * n, "holds references"),
        (lambda n: (WithObject * n)(), "holds references"),
        (lambda n: np.ma.array(range(n), mask=[True] * n), r"a masked array; .*filled\(0\)"),
        (lambda n: [np.ma.array([1], mask=[True])] * n, "item 0: a masked array"),
        (lambda n: ["text"] * n, r"item 0 is of type str: encode it, as in text.encode\(\)"),
        (lambda n: [b"", 5, b"", b""], "item 1 is of type int: give a bytes-like object"),
    ],
)
def test_rows_that_hold_references(rows: Callable[[int], Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=says):
        answer_with(rows, tmp_path)
    assert "data" not in (tmp_path / "mlperf_log_accuracy.json").read_text()


@pytest.mark.skipif(STRINGS is None, reason="a NumPy without strings of any length")
def test_strings_of_any_length(tmp_path: Path) -> None:
    for rows in (np.array(["a"] * 4, STRINGS()), [np.array(["a"], STRINGS())] * 4):
        with pytest.raises(TypeError, match="holds references"):
            answer_with(lambda _, rows=rows: rows, tmp_path)


@pytest.mark.parametrize(
    "rows",
    [
        np.arange(4, dtype=np.complex128),
        np.zeros(4, [("O", "i4"), ("P", "f8")]),
        [memoryview(np.arange(2, dtype=np.complex128))] * 4,
        [np.zeros(2, "datetime64[s]")] * 4,
        [WithNumbers(5, 1.5)] * 4,
        [(ctypes.c_double * 2)()] * 4,
    ],
)
def test_rows_that_look_like_it(rows: Any, tmp_path: Path) -> None:
    report = answer_with(lambda _: rows, tmp_path)
    assert report.errors == []
    log = read_accuracy_log(report.accuracy_path)
    expected = {row.tobytes() if hasattr(row, "tobytes") else bytes(row) for row in rows}
    assert set(log.data) == expected


WHOLE = [5, np.int8(5), np.uint64(5), np.float32(5), 5.0, np.array(5)]
WHOLE += [decimal.Decimal(5), fractions.Fraction(5)]
BROKEN = [1.5, np.float32(1.5), decimal.Decimal("1.5"), fractions.Fraction(3, 2), float("nan")]
BROKEN += [float("inf"), decimal.Decimal("NaN"), 2.0**60, 1j, "5", b"5", None, np.array([5, 6])]


class Raises:
    def __index__(self) -> int:
        raise KeyError("mine")


class TestIntegers:
    @pytest.mark.parametrize("number", WHOLE)
    def test_whole_numbers_of_every_type(self, number: Any) -> None:
        sample = lg.QuerySample(number, index=number)
        assert (sample.id, sample.index) == (5, 5)
        response = lg.QuerySampleResponse(number, number, number, number)
        assert (response.id, response.data, response.size, response.n_tokens) == (5, 5, 5, 5)
        sample.id = response.n_tokens = True
        sample.id = response.n_tokens = number
        assert (sample.id, response.n_tokens) == (5, 5)
        lg.DestroyQSL(lg.ConstructQSL(number, number, lambda _: None, lambda _: None))
        with lg.SampleQueue() as queue:
            assert queue.take(number, timeout=0.0, workers=number) is not None

    @pytest.mark.parametrize("number", BROKEN)
    def test_others_are_refused_with_their_value(self, number: Any) -> None:
        unchecked: Any = lg
        response = lg.QuerySampleResponse()

        def assign() -> None:
            response.n_tokens = number

        for name, use in (
            ("id", lambda: unchecked.QuerySample(number)),
            ("n_tokens", assign),
            ("total_sample_count", lambda: unchecked.ConstructQSL(number, 5, print, print)),
            ("max_batch", lambda: lg.SampleQueue().take(number, timeout=0.0)),
        ):
            with pytest.raises(TypeError, match=f"{name} must be (a whole number|an integer), not"):
                use()

    def test_out_of_range(self) -> None:
        response = lg.QuerySampleResponse()
        with pytest.raises(OverflowError, match="id is out of range: -1"):
            response.id = -1
        with pytest.raises(OverflowError, match="n_tokens is out of range"):
            response.n_tokens = 2**63
        with pytest.raises(TypeError, match="id cannot be deleted"):
            del response.id
        with pytest.raises(OverflowError, match="performance_sample_count is out of range: -1"):
            lg.ConstructQSL(5, -1, lambda _: None, lambda _: None)
        with pytest.raises(OverflowError, match="total_sample_count is out of range: -1"):
            lg.ConstructQSL(-1, 5, lambda _: None, lambda _: None)

    def test_what_index_raises_is_kept(self) -> None:
        with pytest.raises(KeyError, match="mine"):
            lg.QuerySample(Raises())

    def test_what_the_length_raises_is_kept(self) -> None:
        class Library:
            def __init__(self, error: Exception) -> None:
                self.error = error

            def __len__(self) -> int:
                raise self.error

        for error in (KeyError("mine"), ValueError("mine"), OverflowError("mine")):
            with pytest.raises(type(error), match="mine"):
                lg.run(lambda _: None, Library(error))
        with pytest.raises(lg.SettingsError, match="has no length") as raised:
            lg.run(lambda _: None, Library(TypeError("mine")))
        assert str(raised.value.__cause__) == "mine"


@pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly"])
def test_a_size_without_data(mode: str, tmp_path: Path) -> None:
    """Bytes are not wanted in a performance run; in an accuracy run they are missed."""
    settings = lg.TestSettings()
    settings.mode = lg.TestMode.__members__[mode]
    settings.min_duration_ms = 0
    settings.min_query_count = 5
    logs = lg.LogSettings()
    logs.log_output.outdir = str(tmp_path)

    def issue(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 4) for s in samples])

    sut = lg.ConstructSUT(issue, lambda: None)
    library = lg.ConstructQSL(8, 8, lambda _: None, lambda _: None)
    lg.StartTestWithLogSettings(sut, library, settings, logs)
    detail = (tmp_path / "mlperf_log_detail.txt").read_text()
    assert ("of some size but without data" in detail) == (mode == "AccuracyOnly")
