"""Texts as the model writes them, and as labels."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from functools import cache
from typing import Any

from anyascii import anyascii
from mlperf_loadgen.harness.extras import require

_ABBREVIATIONS = {
    "mrs": "missus",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "co": "company",
    "jr": "junior",
    "maj": "major",
    "gen": "general",
    "drs": "doctors",
    "rev": "reverend",
    "lt": "lieutenant",
    "hon": "honorable",
    "sgt": "sergeant",
    "capt": "captain",
    "esq": "esquire",
    "ltd": "limited",
    "col": "colonel",
    "ft": "fort",
}
_ABBREVIATION = re.compile(rf"\b({'|'.join(_ABBREVIATIONS)})\.")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+|st\b|nd\b|rd\b|th\b)?")


def normalised(text: str, alphabet: str) -> str:
    """The text in characters of the alphabet only: ASCII, lower case, numbers and abbreviations in
    words, one space between words and none around them.
    """
    text = anyascii(text).lower()
    text = _NUMBER.sub(lambda number: _in_words(number[0]), text)
    text = _ABBREVIATION.sub(lambda short: _ABBREVIATIONS[short[1]], text)
    text = text.replace("&", " and ").replace("+", " plus ")
    text = "".join(
        " " if letter in string.punctuation and letter not in alphabet else letter
        for letter in text
    )
    return "".join(letter for letter in " ".join(text.split()) if letter in alphabet)


def text_of(labels: Iterable[int], alphabet: str) -> str:
    """What the labels say. Raises IndexError for one that the alphabet does not have."""
    return "".join(alphabet[label] for label in labels)


def _in_words(number: str) -> str:
    words: str = _engine().number_to_words(number.replace(",", ""), andword="")
    return words


@cache
def _engine() -> Any:
    return require("inflect").engine()
