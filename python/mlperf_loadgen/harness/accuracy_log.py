"""Reads mlperf_log_accuracy.json, the responses that LoadGen recorded."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlperf_loadgen.untrusted import FileError, open_file

_LONGEST_LINE = 1 << 30  # characters: a response of 512 MiB
_LARGEST = (1 << 63) - 1


class AccuracyLogError(FileError):
    """The file is not a complete accuracy log; the text names file and line."""


@dataclass(frozen=True)
class Record:
    """One response."""

    seq_id: int  # number of the sample in the run, in the order of issue
    index: int  # of the sample in its library (qsl_idx)
    data: bytes  # the response
    token_count: int | None  # of the response, in runs with token latencies


@dataclass(frozen=True)
class AccuracyLog:
    """All responses of a run, in the order in which they were recorded."""

    path: Path
    seq_ids: NDArray[np.int64]
    indices: NDArray[np.int64]
    data: list[bytes]

    def __len__(self) -> int:
        return len(self.data)

    def unique(self) -> AccuracyLog:
        """Returns the first response for each index, in the order of the indices: MultiStream runs
        issue a few samples twice.
        """
        indices, first = np.unique(self.indices, return_index=True)
        return AccuracyLog(self.path, self.seq_ids[first], indices, [self.data[i] for i in first])

    def arrays(self, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> NDArray[Any]:
        """Returns the responses as one array of shape ``(len(self), *shape)``.

        Raises AccuracyLogError when a response has another size; the text names its sample.
        """
        kind = np.dtype(dtype)
        size = kind.itemsize * int(np.prod(shape, dtype=np.int64))
        for index, data in zip(self.indices, self.data, strict=True):
            if len(data) != size:
                raise AccuracyLogError(
                    f"{self.path}: the response for sample {index} has {len(data)} bytes, "
                    f"expected {size}"
                )
        return np.frombuffer(b"".join(self.data), kind).reshape(len(self), *shape)


def read_accuracy_log(path: str | Path, *, partial: bool = False) -> AccuracyLog:
    """Reads the whole log into memory. Raises AccuracyLogError, and OSError or FileError if it
    cannot be opened.

    A log that is cut off, as that of a test whose process was killed, is an error, unless
    ``partial`` is set: then what is there is read, without the record that is cut.
    """
    records = list(iterate_accuracy_log(path, partial=partial))
    return AccuracyLog(
        Path(path),
        np.array([record.seq_id for record in records], np.int64),
        np.array([record.index for record in records], np.int64),
        [record.data for record in records],
    )


def iterate_accuracy_log(path: str | Path, *, partial: bool = False) -> Iterator[Record]:
    """Yields one record at a time, for logs that do not fit into memory. Raises as
    read_accuracy_log.
    """
    with io.TextIOWrapper(open_file(path), encoding="ascii", errors="replace") as lines:
        number = 1
        first = lines.readline(16)
        if first.strip() != "[":
            if partial and not first:
                return
            raise AccuracyLogError(f"{path}, line 1: an accuracy log begins with a line [")
        more = True  # whether a record may follow
        for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), ""), start=2):
            text = line.strip()
            if text == "]":
                return
            if len(line) == _LONGEST_LINE:
                raise AccuracyLogError(
                    f"{path}, line {number}: the line is longer than any record, "
                    f"{_LONGEST_LINE} characters"
                )
            cut = not line.endswith("\n")
            if cut and not partial:
                raise AccuracyLogError(f"{path}, line {number}: the file is cut off in this line")
            if not more:
                raise AccuracyLogError(f"{path}, line {number}: no comma after the record before")
            record = text.removesuffix(",")
            more = record != text
            if not cut or record.endswith("}"):  # which is nowhere else in a record
                yield _record(record, f"{path}, line {number}")
    if partial:
        return
    raise AccuracyLogError(f"{path}, line {number}: the file is cut off; the closing ] is missing")


def _record(text: str, where: str) -> Record:
    try:
        fields = json.loads(text, object_pairs_hook=_once)
        return Record(
            _whole(fields["seq_id"]),
            _whole(fields["qsl_idx"]),
            bytes.fromhex(fields["data"]),
            _whole(fields["token_count"]) if "token_count" in fields else None,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AccuracyLogError(f"{where}: not a record ({error}): {_shown(text)}") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("duplicate key")
    return fields


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError(f"{_shown(repr(value))} is not a whole number from 0 to {_LARGEST}")
    return value


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
