"""What the model is fed: questions, each with a window of its paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reference_apps.bert.squad import Squad
from reference_apps.bert.wordpiece import CLS, SEP, WordPiece

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
