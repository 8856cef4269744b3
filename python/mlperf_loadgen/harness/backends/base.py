"""Defines what the harness asks of an inference package, and how --backend finds one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from numpy.typing import NDArray

ONNX = "onnx"  # the path of an ONNX file
GRAPH = "graph"  # the path of a frozen TensorFlow graph
TORCH = "torch"  # a torch.nn.Module
NO_MODEL = "none"  # None: the backend answers without a model

DEVICES = ("auto", "cpu", "cuda")


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
        """Returns the outputs, in the order of `outputs`, for one array for each of `inputs`."""


class Open(Protocol):
    """Loads a model of the format that the opener names."""

    def __call__(
        self,
        model: Any,
        /,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        device: str,
        threads: int,
    ) -> Backend:
        """inputs, outputs: the tensors to use, in this order; empty: those that the file names.
        device: one of Opener.devices. threads: of one predict call on the CPU; 0: the package
        decides.
        """


@dataclass(frozen=True)
class Opener:
    """An inference package as --backend knows it.

    package: the module that has to be installed; None: the backend needs none. layout: of images
    in models of this kind, unless the model says. aliases: what official scripts call it.
    """

    name: str
    format: str
    open: Open
    package: str | None
    layout: str = "NCHW"
    devices: Sequence[str] = DEVICES
    aliases: Sequence[str] = ()

    @property
    def installed(self) -> bool:
        """Whether the package can be imported."""
        return self.package is None or find_spec(self.package) is not None
