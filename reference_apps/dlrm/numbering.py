"""Numbers for values in the order in which they first appear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class FirstAppearance:
    """Numbers the distinct values of int32 arrays 0, 1, 2, ..."""

    def __init__(self, unique: NDArray[np.int32] | None = None) -> None:
        """unique: values that have their numbers already, in that order."""
        given = np.zeros(0, np.int32) if unique is None else unique
        order = np.argsort(given)
        self._values = given[order]  # sorted
        self._numbers = order.astype(np.int32)

    def add(self, values: NDArray[np.int32]) -> None:
        """Numbers those that are new."""
        distinct, first = np.unique(values, return_index=True)
        place = np.searchsorted(self._values, distinct)
        known = np.zeros(len(distinct), np.bool_)
        inside = place < len(self._values)
        known[inside] = self._values[place[inside]] == distinct[inside]
        new, first, place = distinct[~known], first[~known], place[~known]
        numbers = np.empty(len(new), np.int32)
        numbers[np.argsort(first)] = len(self._values) + np.arange(len(new))
        self._values = np.insert(self._values, place, new)
        self._numbers = np.insert(self._numbers, place, numbers)

    def unique(self) -> NDArray[np.int32]:
        """The values in the order of their numbers."""
        return self._values[np.argsort(self._numbers)]

    def numbers(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """The numbers of values that were added."""
        distinct, inverse = np.unique(values, return_inverse=True)
        return self._numbers[np.searchsorted(self._values, distinct)][inverse]
