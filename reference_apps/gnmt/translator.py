"""GNMT in two halves, each a backend, as a translator of word ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mlperf_loadgen.harness.backends import Backend
from numpy.typing import NDArray

from reference_apps.gnmt import beam_search
from reference_apps.gnmt.beam_search import Ids, Proposals
from reference_apps.gnmt.network import END
from reference_apps.gnmt.tensors import BEAMS

START = 1  # the id of <s>


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
