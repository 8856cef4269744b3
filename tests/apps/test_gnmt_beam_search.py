"""Compares beam search with a slow and obvious one, on made-up languages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from reference_apps.gnmt.beam_search import Ids, Proposals, beam_search

START, END, WORDS = 1, 2, 12

Language = Callable[[int, tuple[int, ...]], NDArray[np.float64]]  # sentence, words so far


def language(seed: int, end: float) -> Language:
    """Returns the log probabilities of the next word, by the sentence and the last two words.
    end: added to the logit of the end.
    """
    weights = np.random.default_rng(seed).normal(size=(8, WORDS, WORDS, WORDS)) * 2
    weights[..., END] += end

    def next_word(sentence: int, words: tuple[int, ...]) -> NDArray[np.float64]:
        before, last = (START, START, *words)[-2:]
        logits = weights[sentence, before, last]
        found: NDArray[np.float64] = logits - np.log(np.exp(logits).sum())
        return found

    return next_word


class Rows:
    """Steps a language row by row, as a decoder does."""

    def __init__(self, speak: Language, sentences: int, beams: int) -> None:
        self.speak, self.beams = speak, beams
        self.said: list[tuple[int, ...]] = [()] * sentences
        self.steps = 0

    def __call__(self, words: Ids, parents: Ids) -> Proposals:
        said = [self.said[parent] for parent in parents]
        if self.steps:
            said = [(*line, int(word)) for line, word in zip(said, words, strict=True)]
        self.said, self.steps = said, self.steps + 1
        found = np.stack([self.speak(row // self.beams, line) for row, line in enumerate(said)])
        best = np.argsort(-found, axis=1)[:, : self.beams + 1]
        return Proposals(np.take_along_axis(found, best, 1), best, found[:, END])


def obvious(
    speak: Language, sentence: int, *, beams: int, max_words: int, length_penalty: float
) -> list[int]:
    """Searches with a plain list of translations: words, log probability, length, whether ended."""
    alive: list[tuple[tuple[int, ...], float, int, bool]] = [((), 0.0, 0, False)]
    for _ in range(max_words):
        grown = []
        for words, probability, length, ended in alive:
            if ended:
                grown.append((words, probability, length, True, length))
                continue
            gains = speak(sentence, words)
            for word in range(WORDS):
                counted = length if word == END else length + 1
                total = probability + gains[word]
                said = words if word == END else (*words, word)
                grown.append((said, total, length + 1, word == END, counted))
        grown.sort(key=lambda each: -each[1] / ((5 + each[4]) / 6) ** length_penalty)
        alive = [each[:4] for each in grown[:beams]]
        if all(ended for *_, ended in alive):
            break
    return list(alive[0][0])


def search(speak: Language, sentences: int, **fields: float) -> list[list[int]]:
    beams = int(fields["beams"])
    found = beam_search(
        Rows(speak, sentences, beams),
        sentences,
        beams=beams,
        start=START,
        end=END,
        max_words=int(fields["max_words"]),
        length_penalty=fields["length_penalty"],
    )
    return [ids.tolist() for ids in found]


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("beams", [1, 3, 10])
@pytest.mark.parametrize("end", [-2.0, 1.0, 3.0])
def test_finds_what_the_obvious_search_finds(end: float, beams: int, length_penalty: float) -> None:
    fields = {"beams": beams, "max_words": 9, "length_penalty": length_penalty}
    for seed in range(3):
        speak = language(seed, end)
        expected = [
            obvious(speak, sentence, beams=beams, max_words=9, length_penalty=length_penalty)
            for sentence in range(8)
        ]
        assert search(speak, 8, **fields) == expected


def test_the_languages_differ_enough_to_tell_searches_apart() -> None:
    """Greedy search, another penalty and a lower limit find something else."""
    speak = language(0, 1.0)
    wide = search(speak, 8, beams=10, max_words=9, length_penalty=1.0)
    assert wide != search(speak, 8, beams=1, max_words=9, length_penalty=1.0)
    assert wide != search(speak, 8, beams=10, max_words=9, length_penalty=0.0)
    assert wide != search(speak, 8, beams=10, max_words=3, length_penalty=1.0)
    assert len({len(words) for words in wide}) > 2


def test_a_sentence_does_not_depend_on_the_others_of_the_batch() -> None:
    speak = language(4, 2.0)
    alone = [
        search(lambda _, words, s=s: speak(s, words), 1, beams=4, max_words=50, length_penalty=1.0)[
            0
        ]
        for s in range(8)
    ]
    assert search(speak, 8, beams=4, max_words=50, length_penalty=1.0) == alone


def test_no_more_words_than_allowed() -> None:
    found = search(language(0, -50.0), 2, beams=3, max_words=5, length_penalty=1.0)
    assert [len(words) for words in found] == [5, 5]


def test_stops_when_everything_has_ended() -> None:
    rows = Rows(language(0, 50.0), 2, 3)
    found = beam_search(rows, 2, beams=3, start=START, end=END, max_words=100)
    assert [ids.tolist() for ids in found] == [[], []]
    assert rows.steps < 5
