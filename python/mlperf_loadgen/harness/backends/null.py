"""Answers 0 to everything, without a model: measures LoadGen and harness alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen.harness.backends.base import NO_MODEL, Opener


class NullBackend:
    """See Backend."""

    name = "null -, cpu"

    def __init__(
        self,
        model: None = None,
        *,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        device: str = "cpu",
        threads: int = 0,
    ) -> None:
        """Ignores model, device and threads."""
        del model, device, threads
        self.inputs = tuple(inputs) or ("input",)
        self.outputs = tuple(outputs) or ("zeros",)

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """Returns an int64 0 for each sample and output."""
        count = len(next(iter(feeds.values())))
        return tuple(np.zeros(count, np.int64) for _ in self.outputs)


OPENER = Opener("null", NO_MODEL, NullBackend, package=None, layout="NHWC")
