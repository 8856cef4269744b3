"""Runs PyTorch modules as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from mlperf_loadgen.harness.backends.base import TORCH, Opener
from mlperf_loadgen.harness.extras import require


class TorchBackend:
    """A torch.nn.Module in evaluation mode; a Backend.

    The module is called with one tensor for each input, by position, and returns a tensor or a
    tuple of tensors, one for each output.
    """

    def __init__(
        self,
        module: Any,
        *,
        inputs: Sequence[str],
        outputs: Sequence[str],
        device: str = "auto",
        threads: int = 0,
    ) -> None:
        """device: "auto" (CUDA if there is one) or a device name as torch knows them.
        threads: threads that one predict call uses on the CPU; 0: torch decides. It is a setting
        of the process, the last one made counts.

        Raises ModuleNotFoundError without the package.
        """
        torch = require("torch")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if threads:
            torch.set_num_threads(threads)
        self.name = f"torch {torch.__version__}, {device}"
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._torch = torch
        self._device = torch.device(device)
        self._module = module.to(self._device).eval()

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """See Backend.predict."""
        torch = self._torch
        tensors = [torch.from_numpy(feeds[name]).to(self._device) for name in self.inputs]
        with torch.inference_mode():
            result = self._module(*tensors)
        if isinstance(result, torch.Tensor):
            result = (result,)
        return tuple(tensor.cpu().numpy() for tensor in result)


OPENER = Opener(
    "torch", TORCH, TorchBackend, package="torch", aliases=("pytorch", "pytorch-native")
)
