"""Computes top-1 accuracy: python -m reference_apps.vision.accuracy_imagenet --help"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log
from numpy.typing import NDArray

from reference_apps.vision.imagenet import ImageNet, read_labels

DTYPES = ("float32", "int32", "int64")
_LARGEST = 1 << 53  # of a float that is a whole number for sure


@dataclass(frozen=True)
class Verdict:
    """The samples that were answered, by index, and the classes that they got and have."""

    indices: NDArray[np.int64]
    found: NDArray[np.int64]
    expected: NDArray[np.int64]

    def line(self) -> str:
        """Returns the line that the submission checker reads."""
        total = len(self.indices)
        percent = 100 * self.good / total if total else 0.0
        return f"accuracy={percent:.3f}%, good={self.good}, total={total}"

    @property
    def good(self) -> int:
        """The number of samples that got the class that they have."""
        return int((self.found == self.expected).sum())


def judge(log: AccuracyLog, data: ImageNet, dtype: str = "float32") -> Verdict:
    """Compares answers, one a sample (see AccuracyLog.unique), with the classes of the pictures. An
    answer without bytes is wrong.

    Raises AccuracyLogError for an answer of another size, and for a sample that the data set does
    not have.
    """
    return judge_labels(log, data.labels, dtype)


def judge_labels(log: AccuracyLog, labels: NDArray[np.int64], dtype: str) -> Verdict:
    """Does what judge does, by the labels alone."""
    if len(log) and log.indices[-1] >= len(labels):
        raise AccuracyLogError(
            f"{log.path}: sample {log.indices[-1]} is not in the list of {len(labels)} pictures"
        )
    kind = np.dtype(dtype)
    found = np.full(len(log), -1, np.int64)
    for place, data in enumerate(log.data):
        if data:
            if len(data) < kind.itemsize:
                raise AccuracyLogError(
                    f"{log.path}: the response for sample {log.indices[place]} has {len(data)} "
                    f"bytes, a {dtype} has {kind.itemsize}"
                )
            answer = np.frombuffer(data, kind, count=1)[0]
            if abs(answer) < _LARGEST:  # else, as for NaN, it is not a class
                found[place] = answer
    return Verdict(log.indices, found, labels[log.indices])


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that checkers read."""
    parser = argparse.ArgumentParser(description="Top-1 accuracy from an accuracy log.")
    parser.add_argument("--mlperf-accuracy-file", type=Path, required=True, metavar="FILE")
    parser.add_argument("--imagenet-val-file", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help="(default %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="name each wrong answer")
    args = parser.parse_args(argv)
    labels = read_labels(args.imagenet_val_file)
    recorded = read_accuracy_log(args.mlperf_accuracy_file)
    verdict = judge_labels(recorded.unique(), labels, args.dtype)
    if args.verbose:
        wrong = np.flatnonzero(verdict.found != verdict.expected)
        for place in wrong:
            print(
                f"sample {verdict.indices[place]}: found {verdict.found[place]}, "
                f"expected {verdict.expected[place]}"
            )
        print(f"{len(recorded) - len(verdict.indices)} further answers to the same samples")
    print(verdict.line())


if __name__ == "__main__":
    main()
