"""A backend without a model, which answers 0 to everything: what is left is LoadGen and harness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "null"


class NullBackend:
    """See Backend of the harness."""

    name = f"{NAME} -, cpu"
    inputs = ("image",)
    outputs = ("zeros",)

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """One output: 0 for each sample."""
        (images,) = feeds.values()
        return (np.zeros(len(images), np.int64),)
