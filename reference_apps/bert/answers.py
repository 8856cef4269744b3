"""From logits to answers in the words of the paragraph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_apps.bert.features import Features

BEST = 20  # beginnings and ends that are looked at in a window
LONGEST = 30  # pieces of an answer
NONE = "empty"  # the answer where there is none


@dataclass(frozen=True)
class Spans:
    """The best span of each window; score is -inf where there is none."""

    score: NDArray[np.float64]
    first: NDArray[np.int64]  # places in the input
    last: NDArray[np.int64]


def answers(features: Features, indices: NDArray[np.int64], logits: NDArray[Any]) -> dict[str, str]:
    """The answer to each question by its id.

    indices: the samples that were answered, ascending; questions without any get NONE. logits:
    (len(indices), 384, 2), of begin and end.
    """
    spans = best_spans(logits, features.most_context[indices], features.in_window[indices])
    best: dict[int, int] = {}  # question: row
    for row, question in enumerate(features.question[indices].tolist()):
        if spans.score[row] > (spans.score[best[question]] if question in best else -np.inf):
            best[question] = row

    def answer(number: int) -> str:
        if number not in best:
            return NONE
        row = best[number]
        return _text(features, int(indices[row]), int(spans.first[row]), int(spans.last[row]))

    return {question.id: answer(number) for number, question in enumerate(features.squad.questions)}


def best_spans(
    logits: NDArray[Any], may_begin: NDArray[np.bool_], may_end: NDArray[np.bool_]
) -> Spans:
    """Of the BEST beginnings and ends of each window, the pair with the greatest sum of logits
    that is in order, not too long, and where answers may be; the first of several.

    logits: (n, 384, 2); one that is not finite counts as none. may_begin, may_end: (n, 384).
    """
    values = np.asarray(logits, np.float64)
    values = np.where(np.isfinite(values), values, -np.inf)
    begins, ends = values[..., 0], values[..., 1]
    first, last = (np.argsort(-side, axis=1, kind="stable")[:, :BEST] for side in (begins, ends))
    allowed = (
        np.take_along_axis(may_begin, first, 1)[:, :, None]
        & np.take_along_axis(may_end, last, 1)[:, None, :]
        & (last[:, None, :] >= first[:, :, None])
        & (last[:, None, :] < first[:, :, None] + LONGEST)
    )
    sums = (
        np.take_along_axis(begins, first, 1)[:, :, None]
        + np.take_along_axis(ends, last, 1)[:, None, :]
    )
    sums = np.where(allowed, sums, -np.inf).reshape(-1, BEST * BEST)
    best = sums.argmax(axis=1)
    rows = np.arange(len(values))
    return Spans(sums[rows, best], first[rows, best // BEST], last[rows, best % BEST])


def _text(features: Features, sample: int, first: int, last: int) -> str:
    question = features.squad.questions[features.question[sample]]
    paragraph = features.paragraphs[question.paragraph]
    shift = features.begin[sample] - features.offset[sample]
    pieces = paragraph.pieces[first + shift : last + shift + 1]
    begin, end = paragraph.words[first + shift], paragraph.words[last + shift]
    words = features.squad.paragraphs[question.paragraph][begin : end + 1]
    return in_words(pieces, " ".join(words), features.wordpiece.words)


def in_words(pieces: Sequence[str], text: str, words: Callable[[str], list[str]]) -> str:
    """The part of `text`, as it is written, that the pieces are from; all of it where they are not
    found, as next to a piece that the vocabulary does not have.

    words: a text in lower case, as WordPiece.words cuts it.
    """
    wanted = " ".join(" ".join(pieces).replace(" ##", "").replace("##", "").split())
    plain = " ".join(words(text))
    begin = plain.find(wanted)
    places = [place for place, letter in enumerate(text) if letter != " "]
    if begin < 0 or not wanted or len(places) != len(plain.replace(" ", "")):
        return text
    before = begin - plain.count(" ", 0, begin)
    letters = len(wanted.replace(" ", ""))
    return text[places[before] : places[before + letters - 1] + 1]
