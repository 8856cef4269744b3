"""Makes a small data set in Criteo's raw form, with clicks of known probability:
python -m reference_apps.dlrm.fake_criteo --help
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_apps.dlrm.criteo_text import RawPairs
from reference_apps.dlrm.dataset import Files
from reference_apps.dlrm.preprocess import preprocess
from reference_apps.dlrm.variants import (
    KAGGLE,
    NUM_DENSE,
    NUM_SPARSE,
    TERABYTE_10M,
    TERABYTE_40M,
    Variant,
)

KINDS = {"kaggle": KAGGLE, "terabyte0875": TERABYTE_10M, "terabyte": TERABYTE_40M}
ROWS_PER_DAY = 4096
_SEED = 123
_MAX_VALUES = 40  # of a categorical feature
_MISSING_RATE = 0.04  # of empty fields
_RELEVANT_DENSE = 4  # features that a click depends on
_RELEVANT_SPARSE = 8


@dataclass(frozen=True)
class Day:
    """The pairs of one day, and the probability that each is a click."""

    pairs: RawPairs
    missing: NDArray[np.bool_]  # (n, 39): fields that are empty
    probabilities: NDArray[np.float64]  # (n)

    def lines(self) -> str:
        """Formats the pairs as raw text."""
        dense, sparse = self.pairs.dense.tolist(), self.pairs.sparse.tolist()
        rows = []
        for label, numbers, categories, missing in zip(
            self.pairs.labels.tolist(), dense, sparse, self.missing.tolist(), strict=True
        ):
            fields = [*map(str, numbers), *(f"{category:08x}" for category in categories)]
            shown = ("" if empty else field for field, empty in zip(fields, missing, strict=True))
            rows.append("\t".join((str(label), *shown)))
        return "\n".join(rows) + "\n"


class ClickModel:
    """Draws pairs whose clicks depend on a few features, on two of them jointly, and on chance.

    Numbers are log-normal, some negative; categories follow Zipf's law, at most 40 and at most as
    many as the tables of the variant have rows. Everything follows from the seed.
    """

    def __init__(self, variant: Variant) -> None:
        random = np.random.default_rng(_SEED)
        self._values = [
            random.choice(2**32 - 1, min(rows, _MAX_VALUES), replace=False).astype(np.uint32)
            for rows in variant.table_rows
        ]
        for values in self._values:
            values[-1] = 0  # the value of empty fields
        self._slopes = random.normal(0, 0.4, _RELEVANT_DENSE)
        by_size = np.argsort([-len(values) for values in self._values], kind="stable")
        self._relevant = by_size[:_RELEVANT_SPARSE]
        self._effects = random.normal(0, 0.5, (_RELEVANT_SPARSE, _MAX_VALUES))
        self._joint_effects = random.normal(0, 0.3, (_MAX_VALUES, _MAX_VALUES))

    def day(self, number: int, rows: int = ROWS_PER_DAY) -> Day:
        """Draws the pairs of a day."""
        random = np.random.default_rng([_SEED, number])
        dense = np.floor(np.exp(random.normal(2, 1.5, (rows, NUM_DENSE)))).astype(np.int32)
        dense[:, 1] -= 2
        ranks = np.stack([_zipf(random, len(values), rows) for values in self._values], axis=1)
        missing = random.random((rows, NUM_DENSE + NUM_SPARSE)) < _MISSING_RATE
        dense[missing[:, :NUM_DENSE]] = 0
        last = np.array([len(values) - 1 for values in self._values])
        ranks = np.where(missing[:, NUM_DENSE:], last, ranks)
        sparse = np.stack(
            [values[rank] for values, rank in zip(self._values, ranks.T, strict=True)], axis=1
        )
        probabilities = self._probabilities(dense, ranks)
        labels = (random.random(rows) < probabilities).astype(np.int32)
        return Day(RawPairs(labels, dense, sparse), missing, probabilities)

    def _probabilities(
        self, dense: NDArray[np.int32], ranks: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        logs = np.log(np.maximum(dense, 0) + 1.0)[:, :_RELEVANT_DENSE]
        relevant = ranks[:, self._relevant]
        logits = -1.2 + (logs - 2) @ self._slopes
        logits += self._effects[np.arange(_RELEVANT_SPARSE), relevant].sum(axis=1)
        logits += self._joint_effects[relevant[:, 0], relevant[:, 1]]
        probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
        return probabilities


def _zipf(random: np.random.Generator, values: int, rows: int) -> NDArray[np.int64]:
    weights = 1 / np.arange(1.0, values + 1)
    return random.choice(values, rows, p=weights / weights.sum())


def write_raw(folder: Path, variant: Variant, rows_per_day: int = ROWS_PER_DAY) -> None:
    """Writes all days of the data set of a variant as raw text."""
    files, model = Files(folder, variant.dataset), ClickModel(variant)
    for day in range(files.days):
        with open(files.raw(day), "a", encoding="ascii") as text:
            text.write(model.day(day, rows_per_day).lines())


def main(argv: Sequence[str] | None = None) -> None:
    """Writes and preprocesses the data set."""
    parser = argparse.ArgumentParser(description="Makes a small Criteo set, raw and preprocessed.")
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--output", type=Path, default=Path("fake_criteo"), metavar="DIR")
    parser.add_argument("--rows-a-day", type=int, default=ROWS_PER_DAY, metavar="N")
    args = parser.parse_args(argv)
    variant = KINDS[args.kind]
    args.output.mkdir(parents=True)
    write_raw(args.output, variant, args.rows_a_day)
    preprocess(variant, args.output, binary=variant.dataset == "terabyte")
    print(f"{variant.name}: {args.output}")


if __name__ == "__main__":
    main()
