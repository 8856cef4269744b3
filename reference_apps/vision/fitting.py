"""Fits the weights of a network that were drawn from a seed to a few pictures, so that signals keep
their size from layer to layer and answers differ from picture to picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TypeVar

import numpy as np
import torch
from mlperf_loadgen.harness.progress_bar import track
from torch import Tensor, nn

from reference_apps.vision import photographs
from reference_apps.vision.preprocessing import Preprocess, to_nchw

Network = TypeVar("Network", bound=nn.Module)


def on_pictures(
    fit: Callable[[Network, Tensor], None], preprocess: Preprocess, *, pictures: int = 8
) -> Callable[[Network], None]:
    """Returns what SyntheticModel.init_weights takes: calls `fit` with the network and `pictures`
    crops of photographs, pre-processed, float32 (n, 3, height, width).
    """

    def init_weights(network: Network) -> None:
        pixels = [
            to_nchw(preprocess(picture))
            for picture in track(
                islice(photographs.crops(pictures), pictures),
                "fitting weights to pictures",
                total=pictures,
            )
        ]
        fit(network, torch.from_numpy(np.asarray(pixels, np.float32)))

    return init_weights


def fit(network: nn.Module, pictures: Tensor, *, mean: float = 0.0) -> None:
    """Fits batch norms, and layers that have a batch norm folded into their bias: each channel gets
    this mean and deviation 1 over the pictures.
    """
    with _fitting(network, mean):
        network(pictures)


def fit_classifier(network: nn.Module, last_layer: nn.Module, pictures: Tensor) -> None:
    """Does what fit does, and makes the bias of the last layer favour no class but against the
    background, class 0, which is never the answer.
    """
    fit(network, pictures)
    bias = last_layer.get_parameter("bias")
    bias[0] -= 1e4


@contextmanager
def _fitting(network: nn.Module, mean: float) -> Iterator[None]:
    handles = []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_hook(partial(_fit_batch_norm, mean)))
        elif "bias" in module._parameters and module.bias is not None:
            handles.append(module.register_forward_hook(partial(_fit_bias, mean)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    axes = [axis for axis in range(x.ndim) if axis != 1]
    return x.mean(axes), x.std(axes, correction=0).clamp_min(1e-6)


def _fit_batch_norm(
    wanted: float, module: nn.BatchNorm2d, inputs: tuple[Tensor], output: Tensor
) -> Tensor:
    del output
    mean, deviation = _moments(inputs[0])
    module.running_mean = mean
    module.running_var = deviation**2
    module.bias.fill_(wanted)
    fitted: Tensor = module.forward(inputs[0])
    return fitted


def _fit_bias(wanted: float, module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    del inputs
    mean, deviation = _moments(output)
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    shape = (-1, *(1,) * (weight.ndim - 1))
    weight.div_(deviation.reshape(shape))
    bias.copy_(((bias.flatten() - mean) / deviation + wanted).reshape(bias.shape))
    wide = (1, -1, *(1,) * (output.ndim - 2))
    return (output - mean.reshape(wide)) / deviation.reshape(wide) + wanted
