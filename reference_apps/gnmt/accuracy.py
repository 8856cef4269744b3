"""BLEU from an accuracy log: python -m reference_apps.gnmt.accuracy --help"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log
from pathlib import Path

from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log

from reference_apps.gnmt.dataset import REFERENCE, read_references


def line(log: AccuracyLog, references: Sequence[str]) -> str:
    """As the submission checker reads it: BLEU of the first answer to each sample that was
    answered.

    Raises AccuracyLogError for an answer that is no UTF-8, and for a sample without a reference.
    """
    first = log.unique()
    if len(first) and first.indices[-1] >= len(references):
        raise AccuracyLogError(
            f"{log.path}: there is no reference for sample {first.indices[-1]}, there are "
            f"{len(references)} references"
        )
    if not len(first):
        return "BLEU: 0.0"
    expected = (references[index] for index in first.indices)
    return f"BLEU: {bleu(zip(_texts(first), expected, strict=True)):.1f}"


def _texts(log: AccuracyLog) -> list[str]:
    texts = []
    for index, data in zip(log.indices, log.data, strict=True):
        try:
            texts.append(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise AccuracyLogError(
                f"{log.path}: the response for sample {index}: {error}"
            ) from None
    return texts


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that checkers read. A log that is cut off is read up to there. Of a file that
    is missing it says so, which is no failure.
    """
    made = argparse.ArgumentParser(description="BLEU from an accuracy log.")
    made.add_argument(
        "--reference",
        type=Path,
        default=Path("nmt", "data", REFERENCE),
        metavar="FILE",
        help="translations by people, in pieces (default %(default)s)",
    )
    made.add_argument(
        "--accuracy_log",
        "--accuracy-log",
        type=Path,
        default=Path("mlperf_log_accuracy.json"),
        metavar="FILE",
        help="(default %(default)s)",
    )
    args = made.parse_args(argv)
    missing = [path for path in (args.reference, args.accuracy_log) if not path.is_file()]
    if missing:
        print(f"There is no file {missing[0]}.")
        return
    log = read_accuracy_log(args.accuracy_log, partial=True)
    print(line(log, read_references(args.reference)))


if __name__ == "__main__":
    main()


_ORDER = 4  # the longest n-gram


def bleu(pairs: Iterable[tuple[str, str]]) -> float:
    """0..100, of pairs of a translation and its only reference, not smoothed.

    Words are what single spaces divide, and case counts: two spaces have an empty word between
    them, and an empty text is one empty word.
    """
    found, there = [0] * _ORDER, [0] * _ORDER
    length = expected = 0
    for translation, reference in pairs:
        words, wanted = translation.split(" "), reference.split(" ")
        length += len(words)
        expected += len(wanted)
        for n in range(_ORDER):
            found[n] += (_grams(words, n + 1) & _grams(wanted, n + 1)).total()
            there[n] += max(0, len(words) - n)
    if not all(found):
        return 0.0
    precision = sum(log(some / all_) for some, all_ in zip(found, there, strict=True)) / _ORDER
    return 100 * exp(precision + min(0.0, 1 - expected / length))


def _grams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))
