"""The raw text of Criteo's data sets: a line a pair, with tabs between the label, 13 whole numbers
and 26 hexadecimal ones, any of which may be empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError, open_file
from numpy.typing import NDArray

from reference_apps.dlrm.variants import DENSE, SPARSE

_FIELDS = 1 + DENSE + SPARSE
_CHUNK_BYTES = 1 << 24
_LONGEST_LINE = 1 << 16  # 40 fields have some hundred bytes
_TAB, _NEWLINE, _MINUS = b"\t\n-"
_NO_DIGIT = 255
_DIGITS = np.full(256, _NO_DIGIT, np.uint8)
_DIGITS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_DIGITS[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


@dataclass(frozen=True)
class RawPairs:
    """Lines of a file, empty fields as 0."""

    labels: NDArray[np.int32]  # (n)
    dense: NDArray[np.int32]  # (n, 13)
    sparse: NDArray[np.uint32]  # (n, 26)


@dataclass(frozen=True)
class Extent:
    """Whole lines of a file."""

    path: Path
    begin: int  # bytes
    end: int
    rows: int


def whole_file(path: Path) -> Extent:
    """Of one day of the terabyte set."""
    return split(path, 1)[0]


def split(path: Path, parts: int) -> list[Extent]:
    """Parts of a file, in its order, as equal as they can be: the first ones have a line more."""
    rows = sum(chunk.count(b"\n") for chunk in _chunks(path, 0, path.stat().st_size))
    each, more = divmod(rows, parts)
    counts = [each + (part < more) for part in range(parts)]
    begins = _line_begins(path, np.cumsum([0, *counts]))
    return [
        Extent(path, begin, end, count)
        for begin, end, count in zip(begins, begins[1:], counts, strict=False)
    ]


def read(extent: Extent) -> Iterator[RawPairs]:
    """A few lines at a time. Raises FileError naming file, line of the extent and the fault."""
    line = 1
    for chunk in _chunks(extent.path, extent.begin, extent.end):
        pairs = _parse(np.frombuffer(chunk, np.uint8), f"{extent.path}", line)
        line += len(pairs.labels)
        yield pairs


def read_labels(path: Path, count: int) -> NDArray[np.int32]:
    """Those of the first lines; the rest of a line is not looked at.

    Raises FileError when a label is not 0 or 1, or there are fewer lines.
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
    raise FileError(f"{path} has {count - missing} lines, {count} are needed")


def _chunks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from begin to end, in pieces of whole lines; a last line gets its newline."""
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
            if len(rest) > _LONGEST_LINE:
                raise FileError(f"{path} has a line of more than {_LONGEST_LINE} bytes")
    if rest:
        yield rest + b"\n"


def _line_begins(path: Path, numbers: NDArray[np.int64]) -> list[int]:
    """Bytes at which the lines with these numbers, in order and from 0, begin; where the file ends
    for the number of lines.
    """
    begins = [0]
    line = byte = 0
    for chunk in _chunks(path, 0, path.stat().st_size):
        ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == _NEWLINE) + 1
        here = numbers[(numbers > line) & (numbers <= line + len(ends))]
        begins += (byte + ends[here - line - 1]).tolist()
        line, byte = line + len(ends), byte + len(chunk)
    size = path.stat().st_size
    begins += [size] * (len(numbers) - len(begins))
    return [min(begin, size) for begin in begins]


def _parse(text: NDArray[np.uint8], path: str, line: int) -> RawPairs:
    marks = np.flatnonzero((text == _TAB) | (text == _NEWLINE))
    _check_fields(text, marks, path, line)
    begins = np.concatenate(([0], marks[:-1] + 1)).reshape(-1, _FIELDS)
    ends = marks.reshape(-1, _FIELDS)

    def numbers(first: int, last: int, base: int, widest: int) -> NDArray[np.int64]:
        values, wrong = _numbers(text, begins[:, first:last], ends[:, first:last], base, widest)
        if wrong.any():
            row, field = np.argwhere(wrong)[0]
            found = bytes(text[begins[row, first + field] : ends[row, first + field]])
            kind = "whole" if base == 10 else "hexadecimal"
            raise FileError(
                f"{path}, line {line + row}, field {first + field + 1}: {found[:30]!r} is no "
                f"{kind} number of 32 bits"
            )
        return values

    labels = numbers(0, 1, 10, 10)[:, 0]
    wrong = np.flatnonzero(labels >> 1)
    if len(wrong):
        row = wrong[0]
        raise FileError(f"{path}, line {line + row}: the label must be 0 or 1, not {labels[row]}")
    dense = numbers(1, 1 + DENSE, 10, 10)
    sparse = numbers(1 + DENSE, _FIELDS, 16, 8)
    return RawPairs(labels.astype(np.int32), dense.astype(np.int32), sparse.astype(np.uint32))


def _check_fields(text: NDArray[np.uint8], marks: NDArray[np.int64], path: str, line: int) -> None:
    newlines = np.flatnonzero(text[marks] == _NEWLINE)
    fields = np.diff(newlines, prepend=-1)
    wrong = np.flatnonzero(fields != _FIELDS)
    if len(wrong):
        raise FileError(
            f"{path}, line {line + wrong[0]}: {fields[wrong[0]]} fields, not {_FIELDS}: label, "
            f"{DENSE} numbers and {SPARSE} categories with tabs between"
        )


def _numbers(
    text: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    base: int,
    widest: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number in each field, digit by digit for all fields at once, and which are none."""
    negative = (text[begins] == _MINUS) & (base == 10)
    begins = begins + negative
    widths = ends - begins
    wrong = (widths > widest) | (negative & (widths == 0))
    values = np.zeros(begins.shape, np.int64)
    for place in range(min(widest, int(widths.max(initial=0)))):
        there = place < widths
        digits = _DIGITS[text[np.where(there, begins + place, 0)]]
        wrong |= there & (digits >= base)
        values = np.where(there, values * base + digits, values)
    values = np.where(negative, -values, values)
    if base == 10:
        wrong |= values != values.astype(np.int32)
    return values, wrong
