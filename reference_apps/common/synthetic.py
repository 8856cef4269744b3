"""Makes small models without a download: weights from a seed, and the files that they come in.
Nothing but their number and names is like a trained network.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from mlperf_loadgen.harness.cache import cached, content_key
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

_SEED = 2019
_SUFFIXES = {"graph": "pb"}  # of files, where it is not the name of the format


@dataclass(frozen=True)
class SyntheticModel(Generic[Network]):
    """A network with such weights, and the files that it comes in. All are made once and kept.

    make: the network as torch initialises it. init_weights: called with it once, in evaluation mode
    and without gradients, to make its answers worth comparing. code: a file of the app; also: files
    of other apps that it uses. When one beside these or beside init_weights changes, everything is
    made again. write: by format (see harness.backends), what writes the network to a path.
    """

    name: str
    make: Callable[[], Network]
    init_weights: Callable[[Network], None]
    code: str
    write: Mapping[str, Callable[[Network, Path], None]] = field(default_factory=dict)
    also: Sequence[str] = ()

    def network(self) -> Network:
        """Returns the torch module in evaluation mode, on the CPU."""
        network = self.make()
        weights = cached(f"{self.name}-synthetic.pt", self.key(), self._draw)
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        return network.eval()

    def file(self, format: str) -> Path:
        """Returns the network as a file. Raises ValueError for a format that it lacks."""
        if format not in self.write:
            raise ValueError(
                f"the synthetic {self.name} does not come as {format}, only as "
                f"{', '.join(['torch', *self.write])}"
            )
        return self.written(_SUFFIXES.get(format, format), self.write[format])

    def written(self, suffix: str, write: Callable[[Network, Path], None]) -> Path:
        """Returns the network as a file of another kind, which `write` makes."""
        name = f"{self.name}-synthetic.{suffix}"
        return cached(name, self.key(), lambda path: write(self.network(), path))

    def key(self) -> str:
        """Returns a key of what is made from these weights, which changes with the app's code."""
        places = (self.code, *self.also, inspect.getfile(self.init_weights), __file__)
        folders = sorted({Path(place).parent for place in places})
        files = sorted(file for folder in folders for file in folder.glob("*.py"))
        return content_key(torch.__version__, *files)

    def _draw(self, path: Path) -> None:
        with torch.random.fork_rng(devices=[]):  # the random numbers of the process are left alone
            torch.manual_seed(_SEED)
            network = self.make().eval()
            with torch.no_grad():
                self.init_weights(network)
        torch.save(network.state_dict(), path)
