"""Words and their ids, and words put together of their pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError, read_text
from numpy.typing import NDArray

SPECIAL = ("<unk>", "<s>", "</s>")  # ids 0, 1, 2
_UNKNOWN = 0
_LARGEST = 16 << 20  # bytes of a vocabulary; the official ones have 300 kB


class Vocabulary:
    """The words of a file, one a line: its number, from 0, is the id. A file that does not begin
    with the three special words is read as if it did.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Raises ValueError for a word that stands there twice."""
        special = tuple(words[: len(SPECIAL)]) == SPECIAL
        self.words = tuple(words) if special else (*SPECIAL, *words)
        self._ids = {word: number for number, word in enumerate(self.words)}
        if len(self._ids) < len(self.words):
            twice = next(w for number, w in enumerate(self.words) if self._ids[w] != number)
            raise ValueError(f"the word {twice!r:.100} stands there twice")

    def __len__(self) -> int:
        return len(self.words)

    def ids(self, line: str) -> NDArray[np.int64]:
        """Of the words of a line, int64; 0 for one that is not known."""
        words = (word for word in line.split(" ") if word)
        return np.array([self._ids.get(word, _UNKNOWN) for word in words], np.int64)

    def sentence(self, ids: Iterable[int]) -> str:
        """The words with these ids, pieces joined."""
        return joined(" ".join(self.words[number] for number in ids))


def read_vocabulary(path: Path) -> Vocabulary:
    """Raises FileError, and OSError."""
    text = read_text(path, _LARGEST)
    if not text:
        raise FileError(f"{path} is empty")
    words = text.removesuffix("\n").split("\n")
    try:
        return Vocabulary(words)
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def joined(line: str) -> str:
    """A line of pieces as words: a piece with @@ at its end belongs to the one behind it. A word
    whose end is missing is dropped.
    """
    words = line.replace("@@ ", "")
    return words.rpartition(" ")[0] if words.endswith("@@") else words
