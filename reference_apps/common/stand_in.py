"""Weights for a network whose trained ones are not at hand, drawn from a seed, and the files that
they come in. Nothing but their number and names is like a trained network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from mlperf_loadgen.harness.cache import cached, content_key
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

_SEED = 2019


@dataclass(frozen=True)
class StandIn(Generic[Network]):
    """A network with such weights, and the files that it comes in. All are made once and kept.

    make: the network as torch initialises it. settle: called with it once, in evaluation mode and
    without gradients, to make its answers worth comparing. code: a file of the app; when one beside
    it changes, everything is made again.
    """

    name: str
    make: Callable[[], Network]
    settle: Callable[[Network], None]
    code: str
    write_onnx: Callable[[Network, Path], None] | None = None  # None: there is no such file
    write_graph: Callable[[Network, Path], None] | None = None

    def network(self) -> Network:
        """The torch module in evaluation mode, on the CPU."""
        network = self.make()
        weights = cached(f"{self.name}-stand-in.pt", self.key(), self._draw)
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        return network.eval()

    def onnx_file(self) -> Path:
        """The same as an ONNX file. Raises ValueError where there is none."""
        return self._form("onnx", self.write_onnx)

    def frozen_graph(self) -> Path:
        """The same as a frozen TensorFlow graph. Raises ValueError where there is none."""
        return self._form("pb", self.write_graph)

    def file(self, suffix: str, write: Callable[[Network, Path], None]) -> Path:
        """The same in another form, which `write` makes."""
        name = f"{self.name}-stand-in.{suffix}"
        return cached(name, self.key(), lambda path: write(self.network(), path))

    def _form(self, suffix: str, write: Callable[[Network, Path], None] | None) -> Path:
        if write is None:
            raise ValueError(f"{self.name} does not come as a .{suffix} file")
        return self.file(suffix, write)

    def key(self) -> str:
        """Of everything that is made from these weights: changes with the code of the app."""
        folders = (Path(self.code).parent, Path(__file__).parent)
        files = sorted(file for folder in folders for file in folder.glob("*.py"))
        return content_key(torch.__version__, *files)

    def _draw(self, path: Path) -> None:
        with torch.random.fork_rng(devices=[]):  # the random numbers of the process are left alone
            torch.manual_seed(_SEED)
            network = self.make().eval()
            with torch.no_grad():
                self.settle(network)
        torch.save(network.state_dict(), path)
