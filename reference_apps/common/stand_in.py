"""Weights for a network whose trained ones are not at hand: drawn from a seed, then fitted to a few
pictures, so that signals keep their size from layer to layer and answers differ from picture to
picture. Nothing else about them is like a trained network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

SEED = 2019


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    """The module that `make` gives, its weights drawn from the seed; in evaluation mode. The random
    numbers of the process are left alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return make().eval()


@torch.no_grad()
def fit(network: nn.Module, run: Callable[[], object]) -> None:
    """Fits batch norms, and layers that have a batch norm folded into their bias, to what `run`
    sends through the network: each channel gets mean 0 and deviation 1.
    """
    with _fitting(network):
        run()


@torch.no_grad()
def fit_classes(linear: nn.Module, logits: Tensor, *, never: int) -> None:
    """Shifts the bias of the last layer so that no class is favoured over `logits` (n, classes),
    which it gave, and the class `never` is not an answer.
    """
    bias = linear.get_parameter("bias")
    bias -= logits.mean(dim=0)
    bias[never] -= 1e4


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
    weight /= deviation.reshape(shape)
    bias.copy_(((bias.flatten() - mean) / deviation).reshape(bias.shape))
    wide = (1, -1, *(1,) * (output.ndim - 2))
    return (output - mean.reshape(wide)) / deviation.reshape(wide)
