"""Beam search with a length penalty, for many sentences at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Proposals:
    """How each row may go on."""

    log_probs: Floats  # (rows, choices)
    words: Ids  # (rows, choices): those of the greatest log probability, the end may be among them
    end: Floats  # (rows): the log probability of the end


Step = Callable[[Ids, Ids], Proposals]  # of the last word of each row, and of its parent


def beam_search(
    step: Step,
    sentences: int,
    *,
    beams: int,
    start: int,
    end: int,
    most: int,
    length_penalty: float = 1.0,
) -> list[Ids]:
    """The best translation found for each sentence: its words, without start and end, at most
    `most`.

    step is called with the last word of each row and the row that it goes on from, among those of
    the call before (among the sentences, at first): both int64 (sentences * beams), the rows of a
    sentence side by side. It proposes at least beams + 1 words.

    A translation is judged by its log probability over ((5 + length) / 6) ** length_penalty. As in
    TensorFlow, the end does not count towards the length in the step in which it is chosen, and
    counts from then on. A sentence is done when all its translations have ended: what it gets
    depends on the other sentences by `most` only.
    """
    log_probs = np.full((sentences, beams), -np.inf)
    log_probs[:, 0] = 0  # all begin alike: one of them goes on
    lengths = np.zeros((sentences, beams), np.int64)
    ended = np.zeros((sentences, beams), bool)
    words = np.full((sentences, beams), start, np.int64)
    rows = np.repeat(np.arange(sentences), beams)
    own = np.broadcast_to(np.arange(beams), (sentences, beams))
    history: list[tuple[Ids, Ids]] = []
    for _ in range(most):
        proposed = step(words.ravel(), rows)
        choices, gains = _choices(proposed, ended, end)
        totals = log_probs[..., None] + gains
        counted = lengths[..., None] + (~ended[..., None] & (choices != end))
        scores = totals / ((5 + counted) / 6) ** length_penalty
        best = np.argsort(-scores.reshape(sentences, -1), axis=1, kind="stable")[:, :beams]
        done = ended.all(axis=1, keepdims=True)
        parents = np.where(done, own, best // choices.shape[2])
        words = np.where(done, end, _taken(choices, best))
        log_probs = np.where(done, log_probs, _taken(totals, best))
        open_before = ~np.take_along_axis(ended, parents, 1)
        lengths = np.take_along_axis(lengths, parents, 1) + open_before
        ended = ~open_before | (words == end)
        rows = (parents + beams * np.arange(sentences)[:, None]).ravel()
        history.append((words, parents))
        if ended.all():
            break
    return _followed(history, sentences, end)


def _choices(proposed: Proposals, ended: NDArray[np.bool_], end: int) -> tuple[Ids, Floats]:
    """Words and their log probabilities, (sentences, beams, choices + 1), the end last and only
    there. What has ended stays as it is.
    """
    shape = (*ended.shape, -1)
    words = proposed.words.reshape(shape)
    gains = np.where(ended[..., None] | (words == end), -np.inf, proposed.log_probs.reshape(shape))
    last = np.where(ended, 0, proposed.end.reshape(ended.shape))[..., None]
    return np.concatenate([words, np.full_like(words[..., :1], end)], 2), np.concatenate(
        [gains, last], 2
    )


def _taken(values: NDArray[np.generic], best: Ids) -> NDArray[np.generic]:
    return np.take_along_axis(values.reshape(len(values), -1), best, 1)


def _followed(history: list[tuple[Ids, Ids]], sentences: int, end: int) -> list[Ids]:
    """The words of the first beam of each sentence, from its last to its first."""
    every = np.arange(sentences)
    beam = np.zeros(sentences, np.int64)
    found = []
    for words, parents in reversed(history):
        found.append(words[every, beam])
        beam = parents[every, beam]
    columns = np.array(found[::-1]).reshape(len(found), sentences)
    return [column[: _first(column == end)] for column in columns.T]


def _first(marks: NDArray[np.bool_]) -> int:
    """Where the first mark stands, the number of all if there is none."""
    return int(marks.argmax()) if marks.any() else len(marks)
