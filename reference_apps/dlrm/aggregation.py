"""Which user-item pairs make a sample: a run of pairs whose length is fixed or drawn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError, read_text
from numpy.typing import NDArray

_BLOCK = 1 << 16  # lengths drawn at once
_LARGEST_LIST = 16 << 20  # bytes of a quantile file; the published one has 300 kB
_LARGEST_TRACE = 512 << 20  # bytes; the published one has 10 MB


@dataclass(frozen=True)
class Aggregation:
    """How pairs are put together. The quantile file goes before least and most, these before fix.

    quantile_file: its first line has whole numbers with commas between, one of which is drawn for
    each sample. least, most: lengths are drawn evenly from these on and up to these.
    """

    fix: int | None = None
    least: int | None = None
    most: int | None = None
    quantile_file: Path | None = None
    seed: int = 123

    def bounds(self, pairs: int, count: int | None = None) -> NDArray[np.int64]:
        """Where each sample begins, in pairs, and where the last one ends: sample i is
        bounds[i]..bounds[i + 1] - 1. The last one is cut where the pairs end. count: of samples at
        most.

        Raises ValueError for an option or a file with which there are no samples.
        """
        ends, blocks = [np.zeros(1, np.int64)], self._lengths()
        while ends[-1][-1] < pairs and (count is None or sum(map(len, ends)) <= count):
            ends.append(ends[-1][-1] + np.cumsum(next(blocks)))
        bounds = np.concatenate(ends)
        bounds = bounds[: np.searchsorted(bounds, pairs) + 1]
        return np.minimum(bounds, pairs)[: None if count is None else count + 1]

    def _lengths(self) -> Iterator[NDArray[np.int64]]:
        """Blocks without end. The legacy generator of NumPy is the one of the published trace."""
        draw = np.random.RandomState(self.seed)
        if self.quantile_file is not None:
            quantiles = read_quantiles(self.quantile_file)
            while True:
                yield quantiles[draw.randint(0, len(quantiles), _BLOCK)]
        if self.least is not None or self.most is not None:
            least, most = self._range()
            while True:
                yield draw.randint(least, most + 1, _BLOCK).astype(np.int64)
        length = 1 if self.fix is None else self.fix
        if length < 1:
            raise ValueError(f"--samples-to-aggregate-fix must be at least 1, not {length}")
        while True:
            yield np.full(_BLOCK, length, np.int64)

    def _range(self) -> tuple[int, int]:
        if self.least is None or self.most is None:
            raise ValueError(
                "--samples-to-aggregate-min and --samples-to-aggregate-max go together only"
            )
        if not 1 <= self.least <= self.most:
            raise ValueError(
                "--samples-to-aggregate-min must be from 1 to --samples-to-aggregate-max, "
                f"{self.most}, not {self.least}"
            )
        return self.least, self.most


def read_quantiles(path: Path) -> NDArray[np.int64]:
    """The lengths in the first line. Raises FileError naming the file and what it has there."""
    line = read_text(path, _LARGEST_LIST).partition("\n")[0].strip()
    try:
        lengths = np.array([int(field) for field in line.split(",")], np.int64)
    except (ValueError, OverflowError):
        lengths = np.zeros(1, np.int64)
    if lengths.min() < 1:
        raise FileError(
            f"{path}: the first line must be whole numbers of at least 1 with commas between, not "
            f"{line[:60]!r}"
        )
    return lengths


def write_trace(path: Path, bounds: NDArray[np.int64]) -> None:
    """A line a sample: start, end, length."""
    rows = np.stack((bounds[:-1], bounds[1:], np.diff(bounds)), axis=1)
    np.savetxt(path, rows, fmt="%d, %d, %d")


def read_trace(path: Path) -> NDArray[np.int64]:
    """The bounds that it is of. Raises FileError naming the file and the first wrong line."""
    text = read_text(path, _LARGEST_TRACE)
    if not text.strip():
        raise FileError(f"{path} is empty")
    try:
        rows = np.loadtxt(io.StringIO(text), np.int64, delimiter=",", ndmin=2)
    except ValueError as error:
        raise FileError(f"{path} is no trace of aggregated samples: {error}") from None
    if rows.shape[1:] != (3,) or not len(rows):
        raise FileError(f"{path}: a line must be start, end and length, with commas between")
    starts, ends, lengths = rows.T
    follows = starts == np.concatenate(([0], ends[:-1]))
    wrong = np.flatnonzero(~follows | (ends - starts != lengths) | (lengths < 1))
    if len(wrong):
        raise FileError(
            f"{path}, line {wrong[0] + 1}: {', '.join(map(str, rows[wrong[0]]))}: a sample must "
            "start where the one before ends, and be as long as the line says"
        )
    return np.concatenate((starts[:1], ends))
