"""Exact match and F1, the measures of SQuAD v1.1.

Pranav Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text, 2016.
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reference_apps.bert.squad import Squad

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
