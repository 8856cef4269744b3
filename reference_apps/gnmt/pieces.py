"""A vocabulary of pieces (byte pair encoding) for the sentences written for this app."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import Any

from mlperf_loadgen.harness.extras import require

from reference_apps.gnmt.sentences import PAIRS
from reference_apps.gnmt.vocabulary import SPECIAL, Vocabulary

_SIZE = 600  # rare words are cut into pieces
_WORD_END = "</w>"


@cache
def generated_pairs() -> list[tuple[str, str]]:
    """English and German lines of pieces, "@@" behind those within a word."""
    encoder = _encoder()
    return [(_line(encoder, english), _line(encoder, german)) for english, german in PAIRS]


@cache
def generated_vocabulary() -> Vocabulary:
    """Of both languages."""
    pieces = {piece for pair in generated_pairs() for line in pair for piece in line.split(" ")}
    return Vocabulary((*SPECIAL, *sorted(pieces)))


def _line(encoder: Any, sentence: str) -> str:
    pieces = (
        piece.removesuffix(_WORD_END) if piece.endswith(_WORD_END) else f"{piece}@@"
        for piece in encoder.encode(sentence).tokens
    )
    return " ".join(pieces)


def _encoder() -> Any:
    tokenizers = require("tokenizers")
    encoder = tokenizers.Tokenizer(tokenizers.models.BPE(end_of_word_suffix=_WORD_END))
    encoder.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=_SIZE, end_of_word_suffix=_WORD_END, show_progress=False
    )
    encoder.train_from_iterator(chain(*PAIRS), trainer)
    return encoder
