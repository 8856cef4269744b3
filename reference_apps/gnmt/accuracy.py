"""Computes BLEU from an accuracy log: python -m reference_apps.gnmt.accuracy --help"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log
from pathlib import Path

from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log

from reference_apps.gnmt.dataset import REFERENCE, read_references

_ORDER = 4  # the longest n-gram


def line(log: AccuracyLog, references: Sequence[str]) -> str:
    """Returns the line that the submission checker reads. log: one response for each sample.

    Raises AccuracyLogError for a response that is not UTF-8 and for a sample without a reference.
    """
    if len(log) and log.indices[-1] >= len(references):
        raise AccuracyLogError(
            f"{log.path}: sample {log.indices[-1]} has no reference; there are "
            f"{len(references)} references"
        )
    if not len(log):
        return "BLEU: 0.0"
    expected = (references[index] for index in log.indices)
    return f"BLEU: {bleu(zip(_texts(log), expected, strict=True)):.1f}"


def bleu(pairs: Iterable[tuple[str, str]]) -> float:
    """Returns BLEU, 0..100, of pairs of a translation and its only reference: Papineni et al.,
    2002, without smoothing, as the official script computes it.

    Words are separated by single spaces and are case-sensitive: there is an empty word between two
    spaces, and an empty text is one empty word.
    """
    matches, totals = [0] * _ORDER, [0] * _ORDER
    length = reference_length = 0
    for translation, reference in pairs:
        words, reference_words = translation.split(" "), reference.split(" ")
        length += len(words)
        reference_length += len(reference_words)
        for n in range(_ORDER):
            matches[n] += (_ngrams(words, n + 1) & _ngrams(reference_words, n + 1)).total()
            totals[n] += max(0, len(words) - n)
    if not all(matches):
        return 0.0
    log_precisions = [log(match / total) for match, total in zip(matches, totals, strict=True)]
    brevity = min(0.0, 1 - reference_length / length)
    return 100 * exp(sum(log_precisions) / _ORDER + brevity)


def _ngrams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


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
    """Prints the line that the submission checker reads. A truncated log is scored up to where it
    ends. A missing file is reported and, as with the official script, is not a failure.
    """
    parser = argparse.ArgumentParser(description="Compute BLEU from an accuracy log.")
    parser.add_argument(
        "--reference",
        type=Path,
        default=Path("nmt", "data", REFERENCE),
        metavar="FILE",
        help="reference translations, in pieces (default %(default)s)",
    )
    parser.add_argument(
        "--accuracy_log",
        "--accuracy-log",
        type=Path,
        default=Path("mlperf_log_accuracy.json"),
        metavar="FILE",
        help="(default %(default)s)",
    )
    args = parser.parse_args(argv)
    missing = [path for path in (args.reference, args.accuracy_log) if not path.is_file()]
    if missing:
        print(f"There is no file {missing[0]}.")
        return
    log = read_accuracy_log(args.accuracy_log, partial=True).unique()
    print(line(log, read_references(args.reference)))


if __name__ == "__main__":
    main()
