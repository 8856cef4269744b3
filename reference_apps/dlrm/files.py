"""Names of the files of a Criteo data set, raw and preprocessed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BINARY_COLUMNS = 40  # int32: label, 13 dense, 26 sparse


@dataclass(frozen=True)
class Files:
    """Of one data set in one folder."""

    folder: Path
    dataset: str  # "terabyte" or "kaggle"

    @property
    def days(self) -> int:
        """The last one is the test set, first half, and the validation set."""
        return 24 if self.dataset == "terabyte" else 7

    @property
    def last_day(self) -> int:
        """Its number."""
        return self.days - 1

    def raw(self, day: int) -> Path:
        """The text; one file for all days of the kaggle set."""
        return self.folder / (f"day_{day}" if self.dataset == "terabyte" else "train.txt")

    def parsed(self, day: int) -> Path:
        """X_int int32 (n, 13), X_cat_t int32 (26, n), y."""
        return self._day(day, "")

    def processed(self, day: int) -> Path:
        """X_cat (n, 26) numbered by first appearance, X_int (n, 13) from 0 on, y."""
        return self._day(day, "_processed")

    def reordered(self, day: int) -> Path:
        """The same; training days are shuffled among each other, the last day is as it was."""
        return self._day(day, "_reordered")

    def rows_of_days(self) -> Path:
        """total_per_file: rows of each day."""
        return self.folder / f"{self._prefix}_day_count.npz"

    def values(self, feature: int) -> Path:
        """unique: values of a categorical feature in the order of their numbers."""
        return self.folder / f"{self._prefix}_fea_dict_{feature}.npz"

    def table_sizes(self) -> Path:
        """counts: how many values each categorical feature has."""
        return self.folder / f"{self._prefix}_fea_count.npz"

    def settings(self) -> Path:
        """With what the others were made."""
        return self.folder / f"{self._prefix}_preprocessing.json"

    def binary(self) -> Path:
        """The test pairs as int32 records."""
        return self.folder / f"{self.dataset}_processed_test.bin"

    @property
    def _prefix(self) -> str:
        return "day" if self.dataset == "terabyte" else "train"

    def _day(self, day: int, suffix: str) -> Path:
        name = f"day_{day}" if self.dataset == "terabyte" else f"train_day_{day}"
        return self.folder / f"{name}{suffix}.npz"


def rows_of_test_set(rows_of_last_day: int) -> int:
    """How many rows of the last day are the test set: the first half."""
    return (rows_of_last_day + 1) // 2
