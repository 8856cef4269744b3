"""Parses the raw text of Criteo's data sets: a line a pair, whose fields are separated by tabs.

They are the label, 13 integers and 26 hexadecimal categories; numbers and categories may be empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.untrusted import FileError, open_file
from numpy.typing import NDArray

from reference_apps.dlrm.variants import NUM_DENSE, NUM_SPARSE

_FIELDS = 1 + NUM_DENSE + NUM_SPARSE
_CHUNK_BYTES = 1 << 24
_MAX_LINE_BYTES = 1 << 16  # 40 fields have a few hundred
_TAB, _NEWLINE, _MINUS = b"\t\n-"
_NOT_A_DIGIT = 255
_DIGITS = np.full(256, _NOT_A_DIGIT, np.uint8)
_DIGITS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_DIGITS[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


@dataclass(frozen=True)
class RawPairs:
    """The pairs in some lines, with empty fields as 0."""

    labels: NDArray[np.int32]  # (n)
    dense: NDArray[np.int32]  # (n, 13)
    sparse: NDArray[np.uint32]  # (n, 26)


@dataclass(frozen=True)
class Extent:
    """A range of whole lines in a file."""

    path: Path
    begin: int  # in bytes
    end: int
    rows: int


def whole_file(path: Path) -> Extent:
    """Returns all lines of a file, which is one day of the terabyte set."""
    return split(path, 1)[0]


def split(path: Path, parts: int) -> list[Extent]:
    """Splits a file into consecutive parts of equal length; the first ones may have a line more."""
    rows = sum(chunk.count(b"\n") for chunk in _chunks(path, 0, path.stat().st_size))
    quotient, remainder = divmod(rows, parts)
    counts = [quotient + (part < remainder) for part in range(parts)]
    begins = _line_begins(path, np.cumsum([0, *counts]))
    return [
        Extent(path, begin, end, count)
        for begin, end, count in zip(begins, begins[1:], counts, strict=False)
    ]


def read(extent: Extent) -> Iterator[RawPairs]:
    """Yields the pairs of an extent, some lines at a time.

    Raises FileError naming the file, the line within the extent, and what is wrong with it.
    """
    line = 1
    for chunk in _chunks(extent.path, extent.begin, extent.end):
        pairs = _parse(np.frombuffer(chunk, np.uint8), f"{extent.path}", line)
        line += len(pairs.labels)
        yield pairs


def read_labels(path: Path, count: int) -> NDArray[np.int32]:
    """Reads the labels of the first `count` lines, and nothing else of them.

    Raises FileError for a label that is not 0 or 1, and for a file with fewer lines.
    """
    labels: list[NDArray[np.int32]] = []
    missing = count
    for chunk in _chunks(path, 0, path.stat().st_size):
        text = np.frombuffer(chunk, np.uint8)
        begins = np.concatenate(([0], np.flatnonzero(text == _NEWLINE)[:-1] + 1))[:missing]
        found = text[begins].astype(np.int32) - ord("0")
        wrong = np.flatnonzero((found >> 1 != 0) | (text[begins + 1] != _TAB))
        if len(wrong):
            raise FileError(
                f"{path}, line {count - missing + wrong[0] + 1}: the label must be 0 or 1"
            )
        labels.append(found)
        missing -= len(found)
        if not missing:
            return np.concatenate(labels)
    raise FileError(f"{path} must have at least {count} lines, not {count - missing}")


def _chunks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    """Yields the bytes from begin to end in chunks of whole lines. A last line gets its newline."""
    rest = b""
    with open_file(path) as file:
        file.seek(begin)
        while begin < end:
            read = file.read(min(_CHUNK_BYTES, end - begin))
            if not read:
                break
            begin += len(read)
            whole, newline, rest = (rest + read).rpartition(b"\n")
            if newline:
                yield whole + newline
            if len(rest) > _MAX_LINE_BYTES:
                raise FileError(f"{path}: a line must be at most {_MAX_LINE_BYTES} bytes long")
    if rest:
        yield rest + b"\n"


def _line_begins(path: Path, numbers: NDArray[np.int64]) -> list[int]:
    """Finds the byte at which each of these lines begins; the file's end for the number of lines.

    numbers: ascending, from 0.
    """
    begins = [0]
    line = byte = 0
    for chunk in _chunks(path, 0, path.stat().st_size):
        ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == _NEWLINE) + 1
        in_chunk = numbers[(numbers > line) & (numbers <= line + len(ends))]
        begins += (byte + ends[in_chunk - line - 1]).tolist()
        line, byte = line + len(ends), byte + len(chunk)
    size = path.stat().st_size
    begins += [size] * (len(numbers) - len(begins))
    return [min(begin, size) for begin in begins]


def _parse(text: NDArray[np.uint8], path: str, line: int) -> RawPairs:
    separators = np.flatnonzero((text == _TAB) | (text == _NEWLINE))
    _check_fields(text, separators, path, line)
    begins = np.concatenate(([0], separators[:-1] + 1)).reshape(-1, _FIELDS)
    ends = separators.reshape(-1, _FIELDS)

    def numbers(first: int, last: int, base: int, max_digits: int) -> NDArray[np.int64]:
        columns = slice(first, last)
        values, wrong = _numbers(text, begins[:, columns], ends[:, columns], base, max_digits)
        if wrong.any():
            row, field = np.argwhere(wrong)[0]
            found = bytes(text[begins[row, first + field] : ends[row, first + field]])
            kind = "an integer" if base == 10 else "a hexadecimal number"
            raise FileError(
                f"{path}, line {line + row}, field {first + field + 1}: {found[:30]!r} is not "
                f"{kind} of 32 bits"
            )
        return values

    labels = numbers(0, 1, 10, 10)[:, 0]
    wrong = np.flatnonzero(labels >> 1)
    if len(wrong):
        row = wrong[0]
        raise FileError(f"{path}, line {line + row}: the label must be 0 or 1, not {labels[row]}")
    dense = numbers(1, 1 + NUM_DENSE, 10, 10)
    sparse = numbers(1 + NUM_DENSE, _FIELDS, 16, 8)
    return RawPairs(labels.astype(np.int32), dense.astype(np.int32), sparse.astype(np.uint32))


def _check_fields(
    text: NDArray[np.uint8], separators: NDArray[np.int64], path: str, line: int
) -> None:
    newlines = np.flatnonzero(text[separators] == _NEWLINE)
    fields = np.diff(newlines, prepend=-1)
    wrong = np.flatnonzero(fields != _FIELDS)
    if len(wrong):
        raise FileError(
            f"{path}, line {line + wrong[0]}: a line must have {_FIELDS} fields separated by tabs, "
            f"not {fields[wrong[0]]}: label, {NUM_DENSE} numbers and {NUM_SPARSE} categories"
        )


def _numbers(
    text: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    base: int,
    max_digits: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Parses all fields at once, digit by digit. Returns the numbers, and which are not valid."""
    negative = (text[begins] == _MINUS) & (base == 10)
    begins = begins + negative
    widths = ends - begins
    wrong = (widths > max_digits) | (negative & (widths == 0))
    values = np.zeros(begins.shape, np.int64)
    for place in range(min(max_digits, int(widths.max(initial=0)))):
        present = place < widths
        digits = _DIGITS[text[np.where(present, begins + place, 0)]]
        wrong |= present & (digits >= base)
        values = np.where(present, values * base + digits, values)
    values = np.where(negative, -values, values)
    if base == 10:
        wrong |= values != values.astype(np.int32)
    return values, wrong
