"""Scores an accuracy log by exact match and F1: python -m reference_apps.bert.accuracy --help

Pranav Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text, 2016.
"""

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
from reference_apps.bert.processing import (
    SEQUENCE_LENGTH,
    Features,
    extract_answers,
    make_features,
)

DTYPES = ("float32", "int8", "int16", "int32", "int64", "float16", "float64")
_MISSING_LOGIT = -10_000.0  # stands in for what a response that is too short leaves out
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class SquadScore:
    """Means over all questions, in percent."""

    exact_match: float
    f1: float

    def line(self) -> str:
        """Formats the score as the submission checker reads it."""
        return json.dumps({"exact_match": self.exact_match, "f1": self.f1})


def score_answers(squad: Squad, answers: Mapping[str, str]) -> SquadScore:
    """Compares each answer, by question id, with the most similar of the correct ones.

    A question without an answer scores 0.
    """
    exact_match, f1 = 0, 0.0
    for question in squad.questions:
        answer = answers.get(question.id)
        if answer is not None:
            normalized = normalize(answer)
            exact_match += any(normalized == normalize(right) for right in question.answers)
            f1 += max((f1_score(answer, right) for right in question.answers), default=0.0)
    count = len(squad.questions)
    return SquadScore(100 * exact_match / count, 100 * f1 / count)


def f1_score(answer: str, right: str) -> float:
    """Computes the harmonic mean of precision and recall over words, 0..1."""
    words, right_words = normalize(answer).split(), normalize(right).split()
    common = (Counter(words) & Counter(right_words)).total()
    return 2 * common / (len(words) + len(right_words)) if common else 0.0


def normalize(text: str) -> str:
    """Lower-cases a text, drops ASCII punctuation and articles, and joins words by one space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def read_answers(
    log: AccuracyLog, features: Features, *, dtype: str = "float32", transposed: bool = False
) -> dict[str, str]:
    """Answers all questions from a log with one response a sample.

    Samples without a response, or with an empty one, are left out.

    dtype: of the logits. transposed: whether responses are (2, 384), not (384, 2).

    Raises AccuracyLogError for a response of another size and for an unknown sample.
    """
    if len(log) and log.indices[-1] >= len(features):
        raise AccuracyLogError(
            f"{log.path}: sample {log.indices[-1]} is not one of the {len(features)} that "
            f"{features.squad.path} makes"
        )
    rows = np.array([row for row, data in enumerate(log.data) if data], np.int64)
    logits = np.full((len(rows), SEQUENCE_LENGTH, 2), _MISSING_LOGIT)
    for target, row in zip(logits, rows.tolist(), strict=True):
        response = _logits(log, row, np.dtype(dtype), transposed)
        target[: len(response)] = response
    return extract_answers(features, log.indices[rows], logits)


def _logits(log: AccuracyLog, row: int, dtype: np.dtype[Any], transposed: bool) -> NDArray[Any]:
    data = log.data[row]
    pair = 2 * dtype.itemsize
    if len(data) % pair or len(data) > pair * SEQUENCE_LENGTH:
        raise AccuracyLogError(
            f"{log.path}: the response for sample {log.indices[row]} has {len(data)} bytes; it "
            f"must have two {dtype} for each of up to {SEQUENCE_LENGTH} tokens"
        )
    values = np.frombuffer(data, dtype)
    return values.reshape(2, -1).T if transposed else values.reshape(-1, 2)


def arguments() -> argparse.ArgumentParser:
    """Makes the parser, with the flags of the official script."""
    parser = argparse.ArgumentParser(description="Scores an accuracy log by exact match and F1.")
    for flag, default, what in (
        ("vocab_file", "build/data/bert_tf_v1_1_large_fp32_384_v2/vocab.txt", "the vocabulary"),
        ("val_data", "build/data/dev-v1.1.json", "the data set"),
        ("log_file", "build/logs/mlperf_log_accuracy.json", "the accuracy log"),
        ("out_file", "build/result/predictions.json", "where to write the answers"),
    ):
        parser.add_argument(
            f"--{flag}",
            f"--{flag.replace('_', '-')}",
            type=Path,
            default=Path(default),
            metavar="FILE",
            help=f"{what} (default %(default)s)",
        )
    parser.add_argument(
        "--features_cache_file",
        "--features-cache-file",
        metavar="FILE",
        help="accepted for compatibility, ignored: features are computed",
    )
    parser.add_argument(
        "--output_transposed",
        "--output-transposed",
        action="store_true",
        help="responses are 2 x 384, not 384 x 2",
    )
    parser.add_argument(
        "--output_dtype",
        "--output-dtype",
        choices=DTYPES,
        default=DTYPES[0],
        help="type of the logits (default %(default)s)",
    )
    parser.add_argument(
        "--max_examples",
        "--max-examples",
        type=int,
        metavar="N",
        help="number of samples in the run (default: all)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the answers and prints the line that the submission checker reads."""
    args = arguments().parse_args(argv)
    log = read_accuracy_log(args.log_file).unique()
    features = make_features(read_squad(args.val_data), WordPiece(args.vocab_file))
    features = features.head(args.max_examples)
    answers = read_answers(
        log, features, dtype=args.output_dtype, transposed=args.output_transposed
    )
    args.out_file.parent.mkdir(parents=True, exist_ok=True)
    args.out_file.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    print(score_answers(features.squad, answers).line())


if __name__ == "__main__":
    main()
