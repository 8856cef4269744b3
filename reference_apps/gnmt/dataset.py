"""Reads newstest2014, English to German, from a folder with its official files."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.in_memory import Batch, InMemoryLibrary
from mlperf_loadgen.untrusted import FileError, open_file, read_text
from numpy.typing import NDArray

SOURCE = "newstest2014.tok.bpe.32000.en"  # for accuracy
LARGE_SOURCE = "newstest2014.tok.bpe.32000.en.large"  # for performance: many times as long
REFERENCE = "newstest2014.tok.bpe.32000.de"
SOURCE_VOCABULARY = "vocab.bpe.32000.en"
TARGET_VOCABULARY = "vocab.bpe.32000.de"

SPECIAL = ("<unk>", "<s>", "</s>")  # the first words of every vocabulary
UNKNOWN, START, END = range(3)  # their ids

_MAX_VOCABULARY_BYTES = 16 << 20  # the official files have 300 kB
_CHUNK = 1 << 22  # bytes
_NEWLINE, _SPACE = 10, 32


class Lines:
    """Gives access to the lines of a UTF-8 file by number, from 0, without reading it into memory.

    words: int64, the number of space-separated words in each line. May be used on any thread.
    """

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError, and FileError for a file without lines or a line without
        words.
        """
        if not path.is_file():
            raise FileNotFoundError(f"no such file: {path}")
        self.path = path
        self._ends, self.words = _scan(path)
        if not len(self.words):
            raise FileError(f"{path} has no lines")
        if not self.words.all():
            raise FileError(f"{path}, line {self.words.argmin() + 1}: must have at least one word")
        with open_file(path) as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        """Returns a line without its line feed. Raises FileError if it is not UTF-8."""
        begin = int(self._ends[number - 1]) + 1 if number else 0
        try:
            return self._bytes[begin : int(self._ends[number])].decode("utf-8")
        except UnicodeDecodeError as error:
            raise FileError(f"{self.path}, line {number + 1}: {error}") from None


def _scan(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the offset at which each line ends, and its number of words."""
    ends, words_up_to_end = [], []
    offset = words_before = 0
    previous_byte = np.uint8(_NEWLINE)
    with open_file(path) as file:
        while chunk := file.read(_CHUNK):
            text = np.frombuffer(chunk, np.uint8)
            in_word = (text != _SPACE) & (text != _NEWLINE)
            was_in_word = np.concatenate([[previous_byte not in (_SPACE, _NEWLINE)], in_word[:-1]])
            words = words_before + np.cumsum(in_word & ~was_in_word)
            at = np.flatnonzero(text == _NEWLINE)
            ends.append(at + offset)
            words_up_to_end.append(words[at])
            offset, words_before, previous_byte = offset + len(chunk), int(words[-1]), text[-1]
    if previous_byte != _NEWLINE:  # the last line has no line feed
        ends.append(np.array([offset]))
        words_up_to_end.append(np.array([words_before]))
    if not ends:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(ends), np.diff(np.concatenate(words_up_to_end), prepend=0)


class Vocabulary:
    """Maps words to ids and back: a word's id is its number, from 0, in the list.

    A list that does not begin with the special words is read as if it did.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Raises ValueError for a duplicate word."""
        has_special = tuple(words[: len(SPECIAL)]) == SPECIAL
        self.words = tuple(words) if has_special else (*SPECIAL, *words)
        self._ids = {word: number for number, word in enumerate(self.words)}
        if len(self._ids) < len(self.words):
            duplicate = next(w for number, w in enumerate(self.words) if self._ids[w] != number)
            raise ValueError(f"duplicate word {duplicate!r:.100}")

    def __len__(self) -> int:
        return len(self.words)

    def ids(self, line: str) -> NDArray[np.int64]:
        """Returns the id of each word of a line, int64; UNKNOWN for words not in the list."""
        words = (word for word in line.split(" ") if word)
        return np.array([self._ids.get(word, UNKNOWN) for word in words], np.int64)

    def sentence(self, ids: Iterable[int]) -> str:
        """Returns the words with these ids as text, pieces joined."""
        return join_pieces(" ".join(self.words[number] for number in ids))


def read_vocabulary(path: Path) -> Vocabulary:
    """Reads a file with one word per line. Raises FileError, and OSError."""
    text = read_text(path, _MAX_VOCABULARY_BYTES)
    if not text:
        raise FileError(f"{path} is empty")
    words = text.removesuffix("\n").split("\n")
    try:
        return Vocabulary(words)
    except ValueError as error:
        raise FileError(f"{path}: {error}") from None


def join_pieces(line: str) -> str:
    """Joins the pieces of a line to words: a piece that ends in @@ continues in the next one. A
    last word whose end is missing is dropped.
    """
    words = line.replace("@@ ", "")
    return words.rpartition(" ")[0] if words.endswith("@@") else words


@dataclass(frozen=True)
class NewsTest:
    """Holds the sentences, cut into pieces, and what is needed to judge their translations."""

    source: Lines
    reference: Path
    source_words: Vocabulary
    target_words: Vocabulary


def read_newstest(folder: Path, *, large: bool) -> NewsTest:
    """Reads the data set; large: with the sentences for performance instead of accuracy.

    Raises FileNotFoundError and FileError, both naming the file.
    """
    for name in (SOURCE_VOCABULARY, TARGET_VOCABULARY, REFERENCE):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"no such file: {folder / name}")
    return NewsTest(
        Lines(folder / (LARGE_SOURCE if large else SOURCE)),
        folder / REFERENCE,
        read_vocabulary(folder / SOURCE_VOCABULARY),
        read_vocabulary(folder / TARGET_VOCABULARY),
    )


def read_references(path: Path) -> list[str]:
    """Returns a line for each sentence, pieces joined. A last piece ending in @@ is kept as it is,
    as the official script does.
    """
    return read_text(path).removesuffix("\n").replace("@@ ", "").split("\n")


class SentenceLibrary(InMemoryLibrary):
    """Remembers the indices of the latest batch. For use on one thread."""

    latest: NDArray[np.int64]

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """See InMemoryLibrary.batch."""
        self.latest = indices
        return super().batch(indices)
