"""How well labels agree with the truth, region by region."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Labels that make up a region of a tumour, by the name on the screen.
REGIONS = {"whole tumor": (1, 2, 3), "tumor core": (2, 3), "enhancing tumor": (3,)}
_COLUMNS = ("whole", "core", "enhancing")


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """2|A and B| / (|A| + |B|); not a number when both are empty."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else math.nan


@dataclass
class Tally:
    """The DICE of each case and region, in the order of REGIONS."""

    cases: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def add(self, case: str, found: NDArray[Any], truth: NDArray[Any]) -> None:
        """Both (z, y, x), labels 0 to 3."""
        self.cases[case] = tuple(
            dice(np.isin(found, labels), np.isin(truth, labels)) for labels in REGIONS.values()
        )

    def means(self) -> tuple[float, ...]:
        """Of each region, over the cases in which it is defined, rounded to four decimals as the
        official summary has them; not a number for a region that is in no case.
        """
        return tuple(
            round(sum(known) / len(known), 4) if known else math.nan
            for known in (
                [value for value in values if not math.isnan(value)]
                for values in zip(*self.cases.values(), strict=True)
            )
        )

    def line(self) -> str:
        """As the submission checker reads it; the mean is that of the rounded ones."""
        means = self.means()
        regions = ", ".join(
            f"{name} = {mean:.4f}" for name, mean in zip(REGIONS, means, strict=True)
        )
        return f"Accuracy: mean = {sum(means) / len(means):.5f}, {regions}"

    def write(self, path: Path) -> None:
        """A table of all cases, and their mean in the last row."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("case", *_COLUMNS))
            for case, values in (*self.cases.items(), ("mean", self.means())):
                table.writerow((case, *(f"{value:.4f}" for value in values)))
