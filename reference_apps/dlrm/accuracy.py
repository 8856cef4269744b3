"""Scores an accuracy log by ROC AUC: python -m reference_apps.dlrm.accuracy --help"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray

from reference_apps.dlrm import criteo_text
from reference_apps.dlrm.aggregation import read_trace

DTYPES = ("float32", "int32", "int64")


@dataclass(frozen=True)
class Predictions:
    """The predictions and labels of all pairs, in the order of their samples."""

    probabilities: NDArray[Any]  # (pairs)
    labels: NDArray[Any]  # (pairs)
    lengths: NDArray[np.int64]  # of each sample, in pairs

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each probability rounds to the label."""
        correct: NDArray[np.bool_] = np.round(self.probabilities) == self.labels
        return correct

    def auc(self) -> float:
        """Computes the area under the ROC curve; NaN if all labels are equal."""
        if len(np.unique(self.labels)) < 2:
            return float("nan")
        return float(require("sklearn.metrics").roc_auc_score(self.labels, self.probabilities))

    def line(self) -> str:
        """Formats the score as the submission checker reads it."""
        good, total = int(self.correct.sum()), len(self.labels)
        percent = 100 * good / total if total else 0.0
        return (
            f"AUC={100 * self.auc():.3f}%, accuracy={percent:.3f}%, good={good}, total={total}, "
            f"queries={len(self.lengths)}"
        )


def read_predictions(log: AccuracyLog, dtype: str = "float32") -> Predictions:
    """Reads a log with one response a sample, in rows of probability and label.

    Raises AccuracyLogError for a response of another size.
    """
    sizes, pair = _sizes(log), 2 * np.dtype(dtype).itemsize
    wrong = np.flatnonzero(sizes % pair)
    if len(wrong):
        raise AccuracyLogError(
            f"{log.path}: the response for sample {log.indices[wrong[0]]} has "
            f"{sizes[wrong[0]]} bytes, expected a multiple of {pair}"
        )
    rows = np.frombuffer(b"".join(log.data), dtype).reshape(-1, 2)
    return Predictions(rows[:, 0], rows[:, 1], sizes // pair)


def read_unlabelled_predictions(
    log: AccuracyLog, day_23: Path, bounds: NDArray[np.int64], dtype: str = "float32"
) -> Predictions:
    """Reads a log with one response a sample that has no labels, and the labels from the raw day.

    bounds: of the samples, see aggregation.read_trace. Raises AccuracyLogError for a response of
    another size, and for a log that lacks samples.
    """
    lengths = np.diff(bounds)
    if not np.array_equal(log.indices, np.arange(len(lengths))):
        raise AccuracyLogError(
            f"{log.path} has responses to {len(log)} samples, but the trace has {len(lengths)}"
        )
    sizes, expected = _sizes(log), lengths * np.dtype(dtype).itemsize
    wrong = np.flatnonzero(sizes != expected)
    if len(wrong):
        raise AccuracyLogError(
            f"{log.path}: the response for sample {wrong[0]} has {sizes[wrong[0]]} bytes, expected "
            f"{expected[wrong[0]]}: a {dtype} for each pair, without its label"
        )
    probabilities = np.frombuffer(b"".join(log.data), dtype)
    return Predictions(probabilities, criteo_text.read_labels(day_23, int(bounds[-1])), lengths)


def _sizes(log: AccuracyLog) -> NDArray[np.int64]:
    return np.fromiter(map(len, log.data), np.int64, len(log))


def arguments() -> argparse.ArgumentParser:
    """Makes the parser, with the flags of the official script."""
    parser = argparse.ArgumentParser(description="Scores an accuracy log by ROC AUC.")
    parser.add_argument("--mlperf-accuracy-file", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--day-23-file",
        type=Path,
        metavar="FILE",
        help="raw text with the labels, for a log without them; needs the trace",
    )
    parser.add_argument(
        "--aggregation-trace-file", type=Path, metavar="FILE", help="written by the run"
    )
    parser.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help="(default %(default)s)")
    parser.add_argument(
        "--verbose", action="store_true", help="print how many are correct in each sample"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that the submission checker reads."""
    parser = arguments()
    args = parser.parse_args(argv)
    if args.day_23_file and not args.aggregation_trace_file:
        parser.error("--day-23-file needs --aggregation-trace-file")
    log = read_accuracy_log(args.mlperf_accuracy_file)
    unique = log.unique()
    if args.day_23_file:
        bounds = read_trace(args.aggregation_trace_file)
        predictions = read_unlabelled_predictions(unique, args.day_23_file, bounds, args.dtype)
    else:
        predictions = read_predictions(unique, args.dtype)
    if args.verbose:
        _print_samples(unique.indices, predictions)
        print(f"{len(log) - len(unique)} further answers to the same samples")
    print(predictions.line())


def _print_samples(indices: NDArray[np.int64], predictions: Predictions) -> None:
    correct = np.concatenate(([0], np.cumsum(predictions.correct)))
    ends = np.cumsum(predictions.lengths)
    by_sample = np.diff(correct[[0, *ends]])
    for index, good, length in zip(indices, by_sample, predictions.lengths, strict=True):
        print(f"sample {index}: {good} of {length}")


if __name__ == "__main__":
    main()
