"""A small set of raw days, with clicks from a known model, as it lies on the disk of a user:
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
from reference_apps.dlrm.variants import DENSE, KAGGLE, SPARSE, TERABYTE_10M, TERABYTE_40M, Variant

ROWS_A_DAY = 4096
_SEED = 123
_MOST_VALUES = 40  # of a categorical feature
_MISSING = 0.04  # part of the fields that is empty
_TELLING_DENSE = 4  # features that a click depends on
_TELLING_SPARSE = 8


@dataclass(frozen=True)
class Day:
    """Pairs of one day, and how likely each is to be a click."""

    pairs: RawPairs
    missing: NDArray[np.bool_]  # (n, 39): fields that are empty
    probabilities: NDArray[np.float64]  # (n)

    def lines(self) -> str:
        """As the raw text has them."""
        dense, sparse = self.pairs.dense.tolist(), self.pairs.sparse.tolist()
        rows = []
        for label, numbers, categories, missing in zip(
            self.pairs.labels.tolist(), dense, sparse, self.missing.tolist(), strict=True
        ):
            fields = [*map(str, numbers), *(f"{category:08x}" for category in categories)]
            shown = ("" if gone else field for field, gone in zip(fields, missing, strict=True))
            rows.append("\t".join((str(label), *shown)))
        return "\n".join(rows) + "\n"


class ClickModel:
    """A click depends on a few of the features, on two of them together, and on chance.

    Numbers are log-normal, some negative; categories follow Zipf's law, as many as the tables of
    the variant have room for and 40 at most. Everything follows from the seed.
    """

    def __init__(self, variant: Variant) -> None:
        draw = np.random.default_rng(_SEED)
        self._values = [
            draw.choice(2**32 - 1, min(rows, _MOST_VALUES), replace=False).astype(np.uint32)
            for rows in variant.tables
        ]
        for values in self._values:
            values[-1] = 0  # as empty fields
        self._slopes = draw.normal(0, 0.4, _TELLING_DENSE)
        telling = np.argsort([-len(values) for values in self._values], kind="stable")
        self._telling = telling[:_TELLING_SPARSE]
        self._effects = draw.normal(0, 0.5, (_TELLING_SPARSE, _MOST_VALUES))
        self._together = draw.normal(0, 0.3, (_MOST_VALUES, _MOST_VALUES))

    def day(self, number: int, rows: int = ROWS_A_DAY) -> Day:
        """The pairs of a day."""
        draw = np.random.default_rng([_SEED, number])
        dense = np.floor(np.exp(draw.normal(2, 1.5, (rows, DENSE)))).astype(np.int32)
        dense[:, 1] -= 2
        ranks = np.stack([_zipf(draw, len(values), rows) for values in self._values], axis=1)
        missing = draw.random((rows, DENSE + SPARSE)) < _MISSING
        dense[missing[:, :DENSE]] = 0
        last = np.array([len(values) - 1 for values in self._values])
        ranks = np.where(missing[:, DENSE:], last, ranks)
        sparse = np.stack(
            [values[rank] for values, rank in zip(self._values, ranks.T, strict=True)], axis=1
        )
        probabilities = self._probabilities(dense, ranks)
        labels = (draw.random(rows) < probabilities).astype(np.int32)
        return Day(RawPairs(labels, dense, sparse), missing, probabilities)

    def _probabilities(
        self, dense: NDArray[np.int32], ranks: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        logs = np.log(np.maximum(dense, 0) + 1.0)[:, :_TELLING_DENSE]
        telling = ranks[:, self._telling]
        logits = -1.2 + (logs - 2) @ self._slopes
        logits += self._effects[np.arange(_TELLING_SPARSE), telling].sum(axis=1)
        logits += self._together[telling[:, 0], telling[:, 1]]
        made: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
        return made


def _zipf(draw: np.random.Generator, values: int, rows: int) -> NDArray[np.int64]:
    weights = 1 / np.arange(1.0, values + 1)
    return draw.choice(values, rows, p=weights / weights.sum())


def write_raw(folder: Path, variant: Variant, rows_a_day: int = ROWS_A_DAY) -> None:
    """All days of the data set of the variant, in its raw form."""
    files, model = Files(folder, variant.dataset), ClickModel(variant)
    for day in range(files.days):
        with open(files.raw(day), "a", encoding="ascii") as text:
            text.write(model.day(day, rows_a_day).lines())


KINDS = {"kaggle": KAGGLE, "terabyte0875": TERABYTE_10M, "terabyte": TERABYTE_40M}


def main(argv: Sequence[str] | None = None) -> None:
    """Writes and preprocesses it."""
    made = argparse.ArgumentParser(description="A small Criteo set, raw and preprocessed.")
    made.add_argument("kind", choices=list(KINDS))
    made.add_argument("--output", type=Path, default=Path("fake_criteo"), metavar="DIR")
    made.add_argument("--rows-a-day", type=int, default=ROWS_A_DAY, metavar="N")
    args = made.parse_args(argv)
    variant = KINDS[args.kind]
    args.output.mkdir(parents=True)
    write_raw(args.output, variant, args.rows_a_day)
    preprocess(variant, args.output, binary=variant.dataset == "terabyte")
    print(f"{variant.name}: {args.output}")


if __name__ == "__main__":
    main()
