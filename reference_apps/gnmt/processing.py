"""GNMT in two halves, each a backend, as a translator of word ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.backends import Backend
from numpy.typing import NDArray

from reference_apps.gnmt import beam_search
from reference_apps.gnmt.beam_search import Ids, Proposals
from reference_apps.gnmt.dataset import END, START, RememberingLibrary
from reference_apps.gnmt.formats import BEAMS


@dataclass(frozen=True)
class Translator:
    """Any thread, as the backends."""

    encoder: Backend  # with tensors.ENCODER_INPUTS and ENCODER_OUTPUTS, in that order
    decoder: Backend  # with tensors.DECODER_INPUTS and DECODER_OUTPUTS, in that order

    def __call__(self, sentences: Sequence[Ids]) -> list[Ids]:
        """The words of the best translation of each sentence, at most twice as many as the longest
        of the sentences has. Sentences have at least one word.
        """
        lengths = np.array([len(sentence) for sentence in sentences], np.int64)
        source = np.full((len(sentences), lengths.max()), END, np.int64)
        for row, sentence in zip(source, sentences, strict=True):
            row[: len(sentence)] = sentence
        return beam_search.beam_search(
            _Growing(self, source, lengths).step,
            len(sentences),
            beams=BEAMS,
            start=START,
            end=END,
            most=2 * int(lengths.max()),
        )


class _Growing:
    """Translations of a batch of sentences, one word further with each step."""

    def __init__(self, translator: Translator, source: Ids, lengths: Ids) -> None:
        feeds = dict(zip(translator.encoder.inputs, (source, lengths), strict=True))
        values, keys, *cells = translator.encoder.predict(feeds)
        self._decoder = translator.decoder
        self._memory = (values, keys, lengths)
        self._state: list[NDArray[Any]] = [np.zeros_like(cells[0]), *cells]

    def step(self, words: Ids, parents: Ids) -> Proposals:
        """See beam_search.Step."""
        tensors = (words, parents, *self._memory, *self._state)
        log_probs, choices, end, *self._state = self._decoder.predict(
            dict(zip(self._decoder.inputs, tensors, strict=True))
        )
        return Proposals(log_probs, choices, end)


Predict = Callable[[Sequence[Ids]], list[bytes]]


def storing(predict: Predict, library: RememberingLibrary, folder: Path) -> Predict:
    """The same, and writes each answer to sentence_<index>_de in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    def stored(sentences: Sequence[Ids]) -> list[bytes]:
        answers = predict(sentences)
        for index, answer in zip(library.asked, answers, strict=True):
            (folder / f"sentence_{index}_de").write_bytes(answer)
        return answers

    return stored
