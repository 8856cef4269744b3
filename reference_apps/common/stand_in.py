"""Weights for a network whose trained ones are not at hand: drawn from a seed, then fitted to a few
pictures, so that signals keep their size from layer to layer and answers differ from picture to
picture. Nothing else about them is like a trained network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from mlperf_loadgen.harness.cache import cached, content_key
from mlperf_loadgen.harness.progress import track
from torch import Tensor, nn

from reference_apps.common import photographs
from reference_apps.common.preprocessing import Preprocess, to_nchw

Network = TypeVar("Network", bound=nn.Module)

_SEED = 2019


@dataclass(frozen=True)
class StandIn(Generic[Network]):
    """A network with such weights, and the files that it comes in. All are made once and kept.

    fit: called with the network and the pictures to fit it to, float32 (n, 3, height, width).
    code: a file of the app; when one beside it changes, everything is made again.
    """

    name: str
    make: Callable[[], Network]
    fit: Callable[[Network, Tensor], None]
    preprocess: Preprocess
    write_onnx: Callable[[Network, Path], None]
    write_graph: Callable[[Network, Path], None]
    code: str
    pictures: int = 8  # that it is fitted to

    def network(self) -> Network:
        """The torch module in evaluation mode, on the CPU."""
        network = self.make()
        weights = cached(f"{self.name}-stand-in.pt", self.key(), self._draw)
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        return network.eval()

    def onnx_file(self) -> Path:
        """The same as an ONNX file."""
        return self._file(f"{self.name}-stand-in.onnx", self.write_onnx)

    def frozen_graph(self) -> Path:
        """The same as a frozen TensorFlow graph."""
        return self._file(f"{self.name}-stand-in.pb", self.write_graph)

    def key(self) -> str:
        """Of everything that is made from these weights: changes with the code of the app."""
        folders = (Path(self.code).parent, Path(__file__).parent)
        files = sorted(file for folder in folders for file in folder.glob("*.py"))
        return content_key(torch.__version__, *files)

    def _file(self, name: str, write: Callable[[Network, Path], None]) -> Path:
        return cached(name, self.key(), lambda path: write(self.network(), path))

    def _draw(self, path: Path) -> None:
        with torch.random.fork_rng(devices=[]):  # the random numbers of the process are left alone
            torch.manual_seed(_SEED)
            network = self.make().eval()
        pixels = [
            to_nchw(self.preprocess(picture))
            for picture in track(
                islice(photographs.cuttings(self.pictures), self.pictures),
                f"making weights for {self.name}",
                total=self.pictures,
            )
        ]
        with torch.no_grad():
            self.fit(network, torch.from_numpy(np.asarray(pixels, np.float32)))
        torch.save(network.state_dict(), path)


def fit(network: nn.Module, pictures: Tensor) -> None:
    """Fits batch norms, and layers that have a batch norm folded into their bias: each channel gets
    mean 0 and deviation 1 over the pictures.
    """
    with _fitting(network):
        network(pictures)


def fit_classifier(network: nn.Module, last_layer: nn.Module, pictures: Tensor) -> None:
    """As fit; and the bias of the last layer favours no class, but for the background, class 0,
    which is never the answer.
    """
    fit(network, pictures)
    bias = last_layer.get_parameter("bias")
    bias[0] -= 1e4


@contextmanager
def _fitting(network: nn.Module) -> Iterator[None]:
    handles = []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_hook(_fit_batch_norm))
        elif "bias" in module._parameters and module.bias is not None:
            handles.append(module.register_forward_hook(_fit_bias))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    axes = [axis for axis in range(x.ndim) if axis != 1]
    return x.mean(axes), x.std(axes, correction=0).clamp_min(1e-6)


def _fit_batch_norm(module: nn.BatchNorm2d, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    del output
    mean, deviation = _moments(inputs[0])
    module.running_mean = mean
    module.running_var = deviation**2
    fitted: Tensor = module.forward(inputs[0])
    return fitted


def _fit_bias(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    del inputs
    mean, deviation = _moments(output)
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    shape = (-1, *(1,) * (weight.ndim - 1))
    weight.div_(deviation.reshape(shape))
    bias.copy_(((bias.flatten() - mean) / deviation).reshape(bias.shape))
    wide = (1, -1, *(1,) * (output.ndim - 2))
    return (output - mean.reshape(wide)) / deviation.reshape(wide)
