"""newstest2014, English to German, as its official files lie in a folder."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.in_memory import Batch, InMemoryLibrary
from mlperf_loadgen.harness.untrusted import FileError, open_file, read_text
from numpy.typing import NDArray

_CHUNK = 1 << 22  # bytes
_NEWLINE, _SPACE = 10, 32


class Lines:
    """The lines of a UTF-8 file by their number from 0, which stay in the file. Any thread.

    words: int64, the number of words in each; words are what spaces divide.
    """

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError, and FileError for a file or a line without words."""
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        self.path = path
        self._ends, self.words = _scan(path)
        if not len(self.words):
            raise FileError(f"{path} has no lines")
        if not self.words.all():
            raise FileError(f"{path}, line {self.words.argmin() + 1}: there is no word in it")
        with open_file(path) as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        """Without the end of the line. Raises FileError where it is not UTF-8."""
        begin = int(self._ends[number - 1]) + 1 if number else 0
        try:
            return self._bytes[begin : int(self._ends[number])].decode("utf-8")
        except UnicodeDecodeError as error:
            raise FileError(f"{self.path}, line {number + 1}: {error}") from None


def _scan(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each line ends, and its number of words."""
    ends, words = [], []  # words: up to the end of each line
    offset = begun = 0
    before = np.uint8(_NEWLINE)
    with open_file(path) as file:
        while chunk := file.read(_CHUNK):
            text = np.frombuffer(chunk, np.uint8)
            inside = (text != _SPACE) & (text != _NEWLINE)
            previous = np.concatenate([[before not in (_SPACE, _NEWLINE)], inside[:-1]])
            begins = np.cumsum(inside & ~previous)
            at = np.flatnonzero(text == _NEWLINE)
            ends.append(at + offset)
            words.append(begins[at] + begun)
            offset, begun, before = offset + len(chunk), begun + int(begins[-1]), text[-1]
    if before != _NEWLINE:  # the last line has no end
        ends.append(np.array([offset]))
        words.append(np.array([begun]))
    if not ends:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(ends), np.diff(np.concatenate(words), prepend=0)


SOURCE = "newstest2014.tok.bpe.32000.en"  # for accuracy
LARGE_SOURCE = "newstest2014.tok.bpe.32000.en.large"  # for performance: many times as long
REFERENCE = "newstest2014.tok.bpe.32000.de"
SOURCE_VOCABULARY = "vocab.bpe.32000.en"
TARGET_VOCABULARY = "vocab.bpe.32000.de"


@dataclass(frozen=True)
class NewsTest:
    """Sentences of pieces, and what they are judged by."""

    source: Lines
    reference: Path
    source_words: Vocabulary
    target_words: Vocabulary


def read_newstest(folder: Path, *, large: bool) -> NewsTest:
    """large: the sentences for performance. Raises FileNotFoundError and FileError naming the
    file.
    """
    names = (SOURCE_VOCABULARY, TARGET_VOCABULARY, REFERENCE)
    for name in names:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"there is no {name} in {folder}")
    return NewsTest(
        Lines(folder / (LARGE_SOURCE if large else SOURCE)),
        folder / REFERENCE,
        read_vocabulary(folder / SOURCE_VOCABULARY),
        read_vocabulary(folder / TARGET_VOCABULARY),
    )


def read_references(path: Path) -> list[str]:
    """A line for each sentence, its pieces joined; a last piece without its end stays as it is."""
    return read_text(path).removesuffix("\n").replace("@@ ", "").split("\n")


SPECIAL = ("<unk>", "<s>", "</s>")  # the first words of a vocabulary
UNKNOWN, START, END = range(3)  # their ids
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
        return np.array([self._ids.get(word, UNKNOWN) for word in words], np.int64)

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


class RememberingLibrary(InMemoryLibrary):
    """Knows which samples it was asked for last. One thread."""

    asked: NDArray[np.int64]

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """See InMemoryLibrary.batch."""
        self.asked = indices
        return super().batch(indices)
