"""Runs beam search with a length penalty over many sentences at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Proposals:
    """Holds the candidates for the next word of each row."""

    log_probs: Floats  # (rows, choices)
    words: Ids  # (rows, choices): the most probable ones; the end may be among them
    end: Floats  # (rows): the log probability of the end


Step = Callable[[Ids, Ids], Proposals]  # of the last word of each row, and of its parent row


def beam_search(
    step: Step,
    sentences: int,
    *,
    beams: int,
    start: int,
    end: int,
    max_words: int,
    length_penalty: float = 1.0,
) -> list[Ids]:
    """Returns the best translation found for each sentence: its words without start and end, at
    most `max_words`.

    step is called with the last word of each row and with the row of the previous call that it
    extends (in the first call: the sentence). Both are int64 (sentences * beams); the rows of a
    sentence are adjacent. It proposes at least beams + 1 words.

    A translation's score is its log probability over ((5 + length) / 6) ** length_penalty. As in
    TensorFlow, the end does not count towards the length in the step in which it is chosen, and
    counts from then on. A sentence is done when all its translations have ended, so its result
    depends on the other sentences of the batch through `max_words` only.
    """
    log_probs = np.full((sentences, beams), -np.inf)
    log_probs[:, 0] = 0  # all beams start out equal, so only one of them is extended
    lengths = np.zeros((sentences, beams), np.int64)
    ended = np.zeros((sentences, beams), bool)
    words = np.full((sentences, beams), start, np.int64)
    rows = np.repeat(np.arange(sentences), beams)
    unchanged = np.broadcast_to(np.arange(beams), (sentences, beams))
    history: list[tuple[Ids, Ids]] = []
    for _ in range(max_words):
        choices, gains = _choices(step(words.ravel(), rows), ended, end)
        totals = log_probs[..., None] + gains
        counted = lengths[..., None] + (~ended[..., None] & (choices != end))
        scores = totals / ((5 + counted) / 6) ** length_penalty
        best = np.argsort(-scores.reshape(sentences, -1), axis=1, kind="stable")[:, :beams]
        done = ended.all(axis=1, keepdims=True)
        parents = np.where(done, unchanged, best // choices.shape[2])
        words = np.where(done, end, _select(choices, best))
        log_probs = np.where(done, log_probs, _select(totals, best))
        was_open = ~np.take_along_axis(ended, parents, 1)
        lengths = np.take_along_axis(lengths, parents, 1) + was_open
        ended = ~was_open | (words == end)
        rows = (parents + beams * np.arange(sentences)[:, None]).ravel()
        history.append((words, parents))
        if ended.all():
            break
    return _backtrack(history, sentences, end)


def _choices(proposals: Proposals, ended: NDArray[np.bool_], end: int) -> tuple[Ids, Floats]:
    """Returns words and their log probabilities, (sentences, beams, choices + 1). The end is the
    last choice and no other. An ended translation can only end again, at no cost.
    """
    shape = (*ended.shape, -1)
    words = proposals.words.reshape(shape)
    excluded = ended[..., None] | (words == end)
    gains = np.where(excluded, -np.inf, proposals.log_probs.reshape(shape))
    end_gain = np.where(ended, 0, proposals.end.reshape(ended.shape))[..., None]
    return (
        np.concatenate([words, np.full_like(words[..., :1], end)], 2),
        np.concatenate([gains, end_gain], 2),
    )


def _select(values: NDArray[np.generic], best: Ids) -> NDArray[np.generic]:
    return np.take_along_axis(values.reshape(len(values), -1), best, 1)


def _backtrack(history: list[tuple[Ids, Ids]], sentences: int, end: int) -> list[Ids]:
    """Follows the first beam of each sentence from its last word back to its first."""
    every = np.arange(sentences)
    beam = np.zeros(sentences, np.int64)
    reversed_words = []
    for words, parents in reversed(history):
        reversed_words.append(words[every, beam])
        beam = parents[every, beam]
    columns = np.array(reversed_words[::-1]).reshape(len(history), sentences)
    return [column[: _first(column == end)] for column in columns.T]


def _first(marks: NDArray[np.bool_]) -> int:
    """Returns the index of the first mark, or the number of marks if none is set."""
    return int(marks.argmax()) if marks.any() else len(marks)
