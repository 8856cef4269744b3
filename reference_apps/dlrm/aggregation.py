"""Decides which user-item pairs make a sample: runs of pairs whose length is fixed or drawn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.untrusted import FileError, read_text
from numpy.typing import NDArray

_BLOCK = 1 << 16  # lengths drawn at once
_MAX_QUANTILE_BYTES = 16 << 20  # the published file has 300 kB
_MAX_TRACE_BYTES = 512 << 20  # the published file has 10 MB


@dataclass(frozen=True)
class Aggregation:
    """How many pairs each sample has. A quantile file overrides minimum and maximum, these `fixed`.

    fixed: of every sample. minimum, maximum: drawn uniformly, both inclusive. quantile_file: drawn
    from the whole numbers, separated by commas, in its first line.
    """

    fixed: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    quantile_file: Path | None = None
    seed: int = 123

    def bounds(self, pairs: int, count: int | None = None) -> NDArray[np.int64]:
        """Divides `pairs` pairs into samples: sample i is bounds[i]..bounds[i + 1] - 1.

        The last sample ends where the pairs end. count: maximum number of samples.

        Raises ValueError naming an option, and FileError naming a file, that makes no samples.
        """
        ends, blocks = [np.zeros(1, np.int64)], self._lengths()
        while ends[-1][-1] < pairs and (count is None or sum(map(len, ends)) <= count):
            ends.append(ends[-1][-1] + np.cumsum(next(blocks)))
        bounds = np.concatenate(ends)
        bounds = bounds[: np.searchsorted(bounds, pairs) + 1]
        return np.minimum(bounds, pairs)[: None if count is None else count + 1]

    def _lengths(self) -> Iterator[NDArray[np.int64]]:
        """Yields blocks of lengths without end, drawn as the published trace was: by NumPy's legacy
        generator.
        """
        random = np.random.RandomState(self.seed)
        if self.quantile_file is not None:
            quantiles = read_quantiles(self.quantile_file)
            while True:
                yield quantiles[random.randint(0, len(quantiles), _BLOCK)]
        if self.minimum is not None or self.maximum is not None:
            minimum, maximum = self._range()
            while True:
                yield random.randint(minimum, maximum + 1, _BLOCK).astype(np.int64)
        length = 1 if self.fixed is None else self.fixed
        if length < 1:
            raise ValueError(f"--samples-to-aggregate-fix must be at least 1, not {length}")
        while True:
            yield np.full(_BLOCK, length, np.int64)

    def _range(self) -> tuple[int, int]:
        if self.minimum is None or self.maximum is None:
            raise ValueError(
                "--samples-to-aggregate-min and --samples-to-aggregate-max must be given together"
            )
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(
                "--samples-to-aggregate-min must be from 1 to --samples-to-aggregate-max, "
                f"{self.maximum}, not {self.minimum}"
            )
        return self.minimum, self.maximum


def read_quantiles(path: Path) -> NDArray[np.int64]:
    """Reads the lengths in the first line. Raises FileError naming the file and that line."""
    line = read_text(path, _MAX_QUANTILE_BYTES).partition("\n")[0].strip()
    try:
        lengths = np.array([int(field) for field in line.split(",")], np.int64)
    except (ValueError, OverflowError):
        lengths = np.zeros(1, np.int64)
    if lengths.min() < 1:
        raise FileError(
            f"{path}: the first line must be whole numbers of at least 1, separated by commas, not "
            f"{line[:60]!r}"
        )
    return lengths


def write_trace(path: Path, bounds: NDArray[np.int64]) -> None:
    """Writes a line for each sample: start, end, length."""
    rows = np.stack((bounds[:-1], bounds[1:], np.diff(bounds)), axis=1)
    np.savetxt(path, rows, fmt="%d, %d, %d")


def read_trace(path: Path) -> NDArray[np.int64]:
    """Reads the bounds from a trace. Raises FileError naming the file and the first wrong line."""
    text = read_text(path, _MAX_TRACE_BYTES)
    if not text.strip():
        raise FileError(f"{path} is empty")
    try:
        rows = np.loadtxt(io.StringIO(text), np.int64, delimiter=",", ndmin=2)
    except ValueError as error:
        raise FileError(f"{path} is not a trace of aggregated samples: {error}") from None
    if rows.shape[1:] != (3,) or not len(rows):
        raise FileError(f"{path}: a line must be start, end and length, separated by commas")
    starts, ends, lengths = rows.T
    continues = starts == np.concatenate(([0], ends[:-1]))
    wrong = np.flatnonzero(~continues | (ends - starts != lengths) | (lengths < 1))
    if len(wrong):
        raise FileError(
            f"{path}, line {wrong[0] + 1}: {', '.join(map(str, rows[wrong[0]]))}: a sample must "
            "start where the previous one ends, and its length must be end - start"
        )
    return np.concatenate((starts[:1], ends))
