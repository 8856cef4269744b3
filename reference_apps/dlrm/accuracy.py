"""ROC AUC from an accuracy log: python -m reference_apps.dlrm.accuracy_dlrm --help"""

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
class Verdict:
    """What was answered to each pair, and what is right."""

    predictions: NDArray[Any]  # (pairs)
    labels: NDArray[Any]  # (pairs)
    lengths: NDArray[np.int64]  # pairs of each sample

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers round to the label."""
        made: NDArray[np.bool_] = np.round(self.predictions) == self.labels
        return made

    def auc(self) -> float:
        """Area under the ROC curve; NaN where all labels are the same."""
        if len(np.unique(self.labels)) < 2:
            return float("nan")
        return float(require("sklearn.metrics").roc_auc_score(self.labels, self.predictions))

    def line(self) -> str:
        """As the submission checker reads it."""
        good, total = int(self.right.sum()), len(self.labels)
        percent = 100 * good / total if total else 0.0
        return (
            f"AUC={100 * self.auc():.3f}%, accuracy={percent:.3f}%, good={good}, total={total}, "
            f"queries={len(self.lengths)}"
        )


def judge(log: AccuracyLog, dtype: str = "float32") -> Verdict:
    """The first answer to each sample, which holds the labels too.

    Raises AccuracyLogError for one that is no rows of two values.
    """
    first, kind = log.unique(), np.dtype(dtype)
    sizes = _sizes(first)
    pair = 2 * kind.itemsize
    wrong = np.flatnonzero(sizes % pair)
    if len(wrong):
        raise AccuracyLogError(
            f"{log.path}: the response for sample {first.indices[wrong[0]]} has "
            f"{sizes[wrong[0]]} bytes, expected a multiple of {pair}"
        )
    rows = np.frombuffer(b"".join(first.data), kind).reshape(-1, 2)
    return Verdict(rows[:, 0], rows[:, 1], sizes // pair)


def judge_predictions(
    log: AccuracyLog, day_23: Path, bounds: NDArray[np.int64], dtype: str = "float32"
) -> Verdict:
    """The first answer to each sample, without labels: these stand in the raw text of the day.

    bounds: of the samples, as aggregation.read_trace gives them. Raises AccuracyLogError for an
    answer of another size, and for a log that has not all samples.
    """
    first, kind = log.unique(), np.dtype(dtype)
    lengths = np.diff(bounds)
    if not np.array_equal(first.indices, np.arange(len(lengths))):
        raise AccuracyLogError(
            f"{log.path}: answers to {len(first)} samples, the trace has {len(lengths)}"
        )
    sizes, expected = _sizes(first), lengths * kind.itemsize
    wrong = np.flatnonzero(sizes != expected)
    if len(wrong):
        raise AccuracyLogError(
            f"{log.path}: the response for sample {wrong[0]} has {sizes[wrong[0]]} bytes, expected "
            f"{expected[wrong[0]]}: a {dtype} for each pair, without its label"
        )
    predictions = np.frombuffer(b"".join(first.data), kind)
    return Verdict(predictions, criteo_text.read_labels(day_23, int(bounds[-1])), lengths)


def _sizes(log: AccuracyLog) -> NDArray[np.int64]:
    return np.fromiter(map(len, log.data), np.int64, len(log))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that checkers read."""
    made = argparse.ArgumentParser(description="ROC AUC from an accuracy log.")
    made.add_argument("--mlperf-accuracy-file", type=Path, required=True, metavar="FILE")
    made.add_argument(
        "--day-23-file",
        type=Path,
        metavar="FILE",
        help="raw text with the labels, for a log that has none; needs the trace",
    )
    made.add_argument(
        "--aggregation-trace-file", type=Path, metavar="FILE", help="written by the run"
    )
    made.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help="(default %(default)s)")
    made.add_argument("--verbose", action="store_true", help="how many are right in each sample")
    args = made.parse_args(argv)
    if args.day_23_file and not args.aggregation_trace_file:
        made.error("--day-23-file goes with --aggregation-trace-file only")
    log = read_accuracy_log(args.mlperf_accuracy_file)
    if args.day_23_file:
        bounds = read_trace(args.aggregation_trace_file)
        verdict = judge_predictions(log, args.day_23_file, bounds, args.dtype)
    else:
        verdict = judge(log, args.dtype)
    if args.verbose:
        ends = np.cumsum(verdict.lengths)
        right = np.diff(np.concatenate(([0], np.cumsum(verdict.right)))[[0, *ends]])
        for index, good, length in zip(np.unique(log.indices), right, verdict.lengths, strict=True):
            print(f"sample {index}: {good} of {length}")
        print(f"{len(log) - len(verdict.lengths)} further answers to the same samples")
    print(verdict.line())


if __name__ == "__main__":
    main()
