"""ROC AUC from accuracy logs, with labels in them and with labels from the raw day."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from reference_apps.dlrm import accuracy
from reference_apps.dlrm.aggregation import write_trace

BOUNDS = np.array([0, 3, 4, 9, 10])
ORDER = (2, 0, 3, 1, 0)  # of the log; one is answered twice


@pytest.fixture
def pairs() -> NDArray[np.float32]:
    """Predictions and labels of ten pairs."""
    random = np.random.default_rng(5)
    labels = np.array([1, 0, 0, 1, 1, 0, 1, 0, 0, 1])
    return np.stack((random.random(10), labels), axis=1).astype(np.float32)


def write_log(responses: list[bytes], order: tuple[int, ...] = ORDER) -> Path:
    lines = [
        json.dumps({"seq_id": number, "qsl_idx": index, "data": responses[index].hex().upper()})
        for number, index in enumerate(order)
    ]
    path = Path("mlperf_log_accuracy.json")
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="ascii")
    return path


def cut(values: NDArray[np.float32]) -> list[bytes]:
    return [values[begin:end].tobytes() for begin, end in pairwise(BOUNDS.tolist())]


def write_day(labels: NDArray[np.float32]) -> Path:
    lines = [f"{int(label)}" + "\t" * 39 for label in [*labels, 1, 1]]
    Path("day_23").write_text("\n".join(lines) + "\n", encoding="ascii")
    return Path("day_23")


def expected_line(pairs: NDArray[np.float32]) -> str:
    predictions, labels = pairs.T
    good = sum(round(float(p)) == label for p, label in zip(predictions, labels, strict=True))
    auc = 100 * roc_auc_score(labels, predictions)
    return f"AUC={auc:.3f}%, accuracy={10 * good:.3f}%, good={good}, total=10, queries=4"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    accuracy.main(["--mlperf-accuracy-file", "mlperf_log_accuracy.json", *arguments])
    return capsys.readouterr().out.splitlines()


def test_labels_in_the_log(pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]) -> None:
    write_log(cut(pairs))
    assert run(capsys) == [expected_line(pairs)]


def test_labels_from_the_day(
    pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
) -> None:
    write_log(cut(pairs[:, 0]))
    write_day(pairs[:, 1])
    write_trace(Path("trace"), BOUNDS)
    arguments = ("--day-23-file", "day_23", "--aggregation-trace-file", "trace")
    assert run(capsys, *arguments) == [expected_line(pairs)]
    write_day(1 - pairs[:, 1])
    assert run(capsys, *arguments) != [expected_line(pairs)]


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_whole_numbers(
    pairs: NDArray[np.float32], dtype: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rounded = pairs.round()
    write_log(cut(rounded.astype(dtype)))  # type: ignore[arg-type]
    assert run(capsys, "--dtype", dtype) == [expected_line(rounded)]


def test_each_sample_by_name(
    pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
) -> None:
    pairs[:, 0] = pairs[:, 1]
    pairs[3, 0] = 0.2
    write_log(cut(pairs))
    samples = ["sample 0: 3 of 3", "sample 1: 0 of 1", "sample 2: 5 of 5", "sample 3: 1 of 1"]
    shown = run(capsys, "--verbose")
    assert shown == [*samples, "1 further answers to the same samples", expected_line(pairs)]


def test_an_empty_answer_counts_as_none(
    pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
) -> None:
    write_log([b"", *cut(pairs)[1:]])
    (shown,) = run(capsys)
    assert shown.endswith("total=7, queries=4")


def test_labels_that_are_all_the_same_have_no_auc(capsys: pytest.CaptureFixture[str]) -> None:
    write_log([np.array([[0.2, 0]], np.float32).tobytes()], (0,))
    assert run(capsys) == ["AUC=nan%, accuracy=100.000%, good=1, total=1, queries=1"]


class TestWhatDoesNotFit:
    def test_answers_of_another_size(
        self, pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_log([*cut(pairs)[:2], b"12345678abcd", b""])
        with pytest.raises(
            AccuracyLogError, match="sample 2 has 12 bytes, expected a multiple of 8"
        ):
            run(capsys)

    def test_labels_where_none_are_expected(
        self, pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_log(cut(pairs))
        write_day(pairs[:, 1])
        write_trace(Path("trace"), BOUNDS)
        with pytest.raises(AccuracyLogError, match="sample 0 has 24 bytes, expected 12: a float32"):
            run(capsys, "--day-23-file", "day_23", "--aggregation-trace-file", "trace")

    def test_a_trace_of_another_run(
        self, pairs: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_log(cut(pairs[:, 0]))
        write_day(pairs[:, 1])
        write_trace(Path("trace"), BOUNDS[:-1])
        with pytest.raises(AccuracyLogError, match="responses to 4 samples, but the trace has 3"):
            run(capsys, "--day-23-file", "day_23", "--aggregation-trace-file", "trace")

    def test_a_day_without_a_trace(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            run(capsys, "--day-23-file", "day_23")
        assert "--day-23-file needs --aggregation-trace-file" in capsys.readouterr().err
