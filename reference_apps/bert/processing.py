"""From questions to what the model is fed, and from its logits to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_apps.bert.dataset import CLS, SEP, Squad, WordPiece

LENGTH = 384  # pieces in an input
STRIDE = 128  # pieces from one window of a paragraph to the next
QUESTION = 64  # pieces of a question that are kept


@dataclass(frozen=True)
class Paragraph:
    """The pieces of a paragraph."""

    pieces: Sequence[str]
    words: NDArray[np.int64]  # for each piece, the number of the word that it is from


@dataclass(frozen=True)
class Features:
    """The samples of a data set, in the order of its questions: [CLS] question [SEP] window [SEP].
    Sample i is what the official list of features has as unique_id 1,000,000,000 + i.
    """

    squad: Squad
    wordpiece: WordPiece
    paragraphs: Sequence[Paragraph]
    question: NDArray[np.int64]  # (n): its number in squad.questions
    begin: NDArray[np.int64]  # (n): the piece of the paragraph with which the window begins
    offset: NDArray[np.int64]  # (n): where in the input it begins
    inputs: NDArray[np.int32]  # (n, 3, 384): numbers of the pieces; 1 where there is one; segment
    in_window: NDArray[np.bool_]  # (n, 384): an answer may end here
    most_context: NDArray[np.bool_]  # (n, 384): and begin: no other window has more around it

    def __len__(self) -> int:
        return len(self.inputs)

    def first(self, count: int | None) -> Features:
        """The first `count` samples and the questions that have no others, but at least one; or
        all.
        """
        if count is None or count >= len(self):
            return self
        kept = max(int(self.question[count]), 1)
        return replace(
            self,
            squad=replace(self.squad, questions=self.squad.questions[:kept]),
            **{
                name: getattr(self, name)[:count]
                for name in ("question", "begin", "offset", "inputs", "in_window", "most_context")
            },
        )


def features_of(squad: Squad, wordpiece: WordPiece) -> Features:
    """The samples of a data set. The 10,570 questions of dev-v1.1.json make 10,833."""
    paragraphs = _cut(squad, wordpiece)
    questions = wordpiece.cut([question.text for question in squad.questions])
    made = []
    for number, (asked, pieces) in enumerate(zip(squad.questions, questions, strict=True)):
        count = len(paragraphs[asked.paragraph].pieces)
        offset = min(len(pieces), QUESTION) + 2
        windows = windows_of(count, LENGTH - offset - 1)
        owner = owners(windows, count)
        made += [
            (number, offset, begin, length, owner[begin : begin + length] == window)
            for window, (begin, length) in enumerate(windows)
        ]
    inputs = np.zeros((len(made), 3, LENGTH), np.int32)
    in_window, most_context = np.zeros((2, len(made), LENGTH), np.bool_)
    numbers = [[wordpiece.number(piece) for piece in one.pieces] for one in paragraphs]
    for row, (number, offset, begin, length, owned) in enumerate(made):
        end = offset + length
        before = [CLS, *questions[number][:QUESTION], SEP]
        text = numbers[squad.questions[number].paragraph][begin : begin + length]
        inputs[row, 0, :offset] = [wordpiece.number(piece) for piece in before]
        inputs[row, 0, offset : end + 1] = [*text, wordpiece.number(SEP)]
        inputs[row, 1, : end + 1] = 1
        inputs[row, 2, offset : end + 1] = 1
        in_window[row, offset:end] = True
        most_context[row, offset:end] = owned
    question, offsets, begins = (
        np.array([one[column] for one in made], np.int64) for column in range(3)
    )
    return Features(
        squad, wordpiece, paragraphs, question, begins, offsets, inputs, in_window, most_context
    )


def windows_of(count: int, room: int) -> list[tuple[int, int]]:
    """Begin and length of the windows over `count` pieces, none longer than `room`."""
    windows = []
    begin = 0
    while begin < count:
        length = min(count - begin, room)
        windows.append((begin, length))
        if begin + length == count:
            break
        begin += min(length, STRIDE)
    return windows


def owners(windows: Sequence[tuple[int, int]], count: int) -> NDArray[np.int64]:
    """For each piece the window with the most context of it: pieces on its shorter side, and a
    hundredth of the window's length; the first of several.
    """
    context = np.full((max(len(windows), 1), count), -np.inf)
    for row, (begin, length) in enumerate(windows):
        left = np.arange(length)
        context[row, begin : begin + length] = np.minimum(left, left[::-1]) + 0.01 * length
    owner: NDArray[np.int64] = context.argmax(axis=0)
    return owner


def _cut(squad: Squad, wordpiece: WordPiece) -> list[Paragraph]:
    distinct = list(dict.fromkeys(word for words in squad.paragraphs for word in words))
    pieces_of = dict(zip(distinct, wordpiece.cut(distinct), strict=True))
    made = []
    for words in squad.paragraphs:
        pieces = [pieces_of[word] for word in words]
        made.append(
            Paragraph(
                [piece for one in pieces for piece in one],
                np.repeat(np.arange(len(words)), [len(one) for one in pieces]),
            )
        )
    return made


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
