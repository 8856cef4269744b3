"""What the harness asks of an inference package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray


class Backend(Protocol):
    """A loaded model. predict may be called on several threads at once."""

    @property
    def name(self) -> str:
        """Package, version and device, as in "onnxruntime 1.20.0, CPU"."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """The outputs, in the order of `outputs`, for one array for each of `inputs`."""
