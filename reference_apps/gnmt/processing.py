"""Translates word ids: beam search around the encoder and the decoder, each run by a backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.backends import BACKENDS, Backend
from numpy.typing import NDArray

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.model import open_backend
from reference_apps.gnmt.beam_search import Ids, Proposals, beam_search
from reference_apps.gnmt.dataset import END, START, SentenceLibrary
from reference_apps.gnmt.formats import BEAMS, FORMATS
from reference_apps.gnmt.model import Gnmt

Predict = Callable[[Sequence[Ids]], list[bytes]]


@dataclass(frozen=True)
class Translator:
    """Translates batches of sentences. May be called on any thread."""

    encoder: Backend  # with formats.ENCODER_INPUTS and ENCODER_OUTPUTS, in that order
    decoder: Backend  # with formats.DECODER_INPUTS and DECODER_OUTPUTS, in that order

    def __call__(self, sentences: Sequence[Ids]) -> list[Ids]:
        """Returns the words of the best translation of each sentence, at most twice as many as the
        longest of the sentences has. Each sentence must have at least one word.
        """
        lengths = np.array([len(sentence) for sentence in sentences], np.int64)
        source = np.full((len(sentences), lengths.max()), END, np.int64)
        for row, sentence in zip(source, sentences, strict=True):
            row[: len(sentence)] = sentence
        return beam_search(
            _Decoding(self, source, lengths).step,
            len(sentences),
            beams=BEAMS,
            start=START,
            end=END,
            max_words=2 * int(lengths.max()),
        )


def open_translator(backend: str, network: Gnmt, key: str, options: ModelOptions) -> Translator:
    """Opens the network in the format of the backend. key: of its weights, see formats.FORMATS.

    Raises what the backend raises.
    """
    encoder, decoder = FORMATS[BACKENDS[backend].format](network, key)
    return Translator(
        open_backend(backend, encoder, options), open_backend(backend, decoder, options)
    )


class _Decoding:
    """Keeps the decoder's state for a batch of sentences from step to step."""

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


def store_translations(predict: Predict, library: SentenceLibrary, folder: Path) -> Predict:
    """Returns a `predict` that also writes each translation to sentence_<index>_de in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    def predict_and_store(sentences: Sequence[Ids]) -> list[bytes]:
        translations = predict(sentences)
        for index, translation in zip(library.latest, translations, strict=True):
            (folder / f"sentence_{index}_de").write_bytes(translation)
        return translations

    return predict_and_store
