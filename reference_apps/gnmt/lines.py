"""Text files of millions of lines, read a line at a time."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError, open_file
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
