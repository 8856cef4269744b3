"""Exact match and F1 from an accuracy log: python -m reference_apps.bert.accuracy --help"""

from __future__ import annotations

import argparse
import json
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log
from numpy.typing import NDArray

from reference_apps.bert.dataset import Squad, WordPiece, read_squad
from reference_apps.bert.processing import LENGTH, Features, answers, features_of

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class Marks:
    """Means over all questions, in percent."""

    exact_match: float
    f1: float

    def line(self) -> str:
        """As the submission checker reads it."""
        return json.dumps({"exact_match": self.exact_match, "f1": self.f1})


def marks(squad: Squad, answers: Mapping[str, str]) -> Marks:
    """Each question by the right answer that is nearest; without an answer it counts as wrong."""
    exact, overlap = 0, 0.0
    for question in squad.questions:
        given = answers.get(question.id)
        if given is not None:
            exact += any(normal(given) == normal(right) for right in question.answers)
            overlap += max((f1(given, right) for right in question.answers), default=0.0)
    count = len(squad.questions)
    return Marks(100 * exact / count, 100 * overlap / count)


def f1(given: str, right: str) -> float:
    """Harmonic mean of precision and recall over their words, 0..1."""
    ours, theirs = normal(given).split(), normal(right).split()
    common = (Counter(ours) & Counter(theirs)).total()
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


def normal(text: str) -> str:
    """Lower case, without ASCII punctuation and articles, one space between words."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


DTYPES = ("float32", "int8", "int16", "int32", "int64", "float16", "float64")
_UNSEEN = -10_000.0  # a logit that is not in a response which is too short


@dataclass(frozen=True)
class Verdict:
    """The answer to each question by its id, and what they are worth."""

    answers: dict[str, str]
    marks: Marks

    def line(self) -> str:
        """As the submission checker reads it."""
        return self.marks.line()


def judge(
    log: AccuracyLog, features: Features, *, dtype: str = "float32", transposed: bool = False
) -> Verdict:
    """Answers all questions from the first response to each sample. Samples that have none, or one
    without bytes, are left out.

    dtype: of the logits. transposed: all those of the beginning come first; else they take turns.

    Raises AccuracyLogError for a response of another form and for a sample that is not there.
    """
    first = log.unique()
    if len(first) and first.indices[-1] >= len(features):
        raise AccuracyLogError(
            f"{log.path}: sample {first.indices[-1]} is not one of the {len(features)} that "
            f"{features.squad.path} makes"
        )
    answered = np.array([place for place, data in enumerate(first.data) if data], np.int64)
    logits = np.full((len(answered), LENGTH, 2), _UNSEEN)
    for row, place in enumerate(answered.tolist()):
        seen = _logits(first, place, np.dtype(dtype), transposed)
        logits[row, : len(seen)] = seen
    given = answers(features, first.indices[answered], logits)
    return Verdict(given, marks(features.squad, given))


def _logits(log: AccuracyLog, place: int, kind: np.dtype[Any], transposed: bool) -> NDArray[Any]:
    data = log.data[place]
    if len(data) % (2 * kind.itemsize) or len(data) > 2 * kind.itemsize * LENGTH:
        raise AccuracyLogError(
            f"{log.path}: the response for sample {log.indices[place]} has {len(data)} bytes, not "
            f"two {kind} for each of up to {LENGTH} pieces"
        )
    values = np.frombuffer(data, kind)
    return values.reshape(2, -1).T if transposed else values.reshape(-1, 2)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Exact match and F1 from an accuracy log.")
    for flag, default, what in (
        ("vocab_file", "build/data/bert_tf_v1_1_large_fp32_384_v2/vocab.txt", "the vocabulary"),
        ("val_data", "build/data/dev-v1.1.json", "the data set"),
        ("log_file", "build/logs/mlperf_log_accuracy.json", "what the run has logged"),
        ("out_file", "build/result/predictions.json", "where the answers are written to"),
    ):
        made.add_argument(
            f"--{flag}",
            f"--{flag.replace('_', '-')}",
            type=Path,
            default=Path(default),
            metavar="FILE",
            help=f"{what} (%(default)s)",
        )
    made.add_argument(
        "--features_cache_file",
        "--features-cache-file",
        metavar="FILE",
        help="understood but not read: the features are made anew",
    )
    made.add_argument(
        "--output_transposed",
        "--output-transposed",
        action="store_true",
        help="responses are 2 x 384, not 384 x 2",
    )
    made.add_argument(
        "--output_dtype",
        "--output-dtype",
        choices=DTYPES,
        default=DTYPES[0],
        help="of the responses (%(default)s)",
    )
    made.add_argument(
        "--max_examples", "--max-examples", type=int, metavar="N", help="samples of the run (all)"
    )
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the answers and prints the line that checkers read."""
    args = arguments().parse_args(argv)
    log = read_accuracy_log(args.log_file)
    features = features_of(read_squad(args.val_data), WordPiece(args.vocab_file))
    verdict = judge(
        log,
        features.first(args.max_examples),
        dtype=args.output_dtype,
        transposed=args.output_transposed,
    )
    args.out_file.parent.mkdir(parents=True, exist_ok=True)
    args.out_file.write_text(json.dumps(verdict.answers, indent=1) + "\n", encoding="utf-8")
    print(verdict.line())


if __name__ == "__main__":
    main()
