"""Writes frozen TensorFlow graphs from the weights of torch modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.extras import require
from torch import Tensor, nn


def write_graph(path: Path, build: Callable[[Any], None]) -> None:
    """Writes the graph that `build(tensorflow)` puts together, weights in it as constants."""
    tf = require("tensorflow", "tensorflow")
    graph = tf.Graph()
    with graph.as_default():
        build(tf)
    path.write_bytes(graph.as_graph_def().SerializeToString())


def array(tensor: Tensor) -> Any:
    """Returns the values, as a constant takes them."""
    return np.ascontiguousarray(tensor.detach().cpu().numpy())


@singledispatch
def through(module: nn.Module, tf: Any, x: Any) -> Any:
    """Returns x (n, height, width, channels) sent through the module in evaluation mode. An app may
    register modules of its own.
    """
    del tf, x
    raise TypeError(f"cannot translate into TensorFlow: {type(module).__name__}")


@through.register
def _sequential(module: nn.Sequential, tf: Any, x: Any) -> Any:
    for layer in module:
        x = through(layer, tf, x)
    return x


@through.register
def _convolution(module: nn.Conv2d, tf: Any, x: Any) -> Any:
    if any(module.padding):
        above, left = (int(side) for side in module.padding)
        x = tf.pad(x, [[0, 0], [above, above], [left, left], [0, 0]])
    return convolve(module, tf, x, "VALID")


def convolve(module: nn.Conv2d, tf: Any, x: Any, padding: str) -> Any:
    """Returns the convolution of x with the padding, "SAME" or "VALID", of TensorFlow."""
    strides = [1, *module.stride, 1]
    weight = module.weight.permute(2, 3, 1, 0)  # height, width, in, out
    if module.groups > 1:
        x = tf.nn.depthwise_conv2d(x, array(weight.transpose(2, 3)), strides, padding)
    else:
        x = tf.nn.conv2d(x, array(weight), strides, padding)
    return x if module.bias is None else tf.nn.bias_add(x, array(module.bias))


@through.register
def _batch_norm(module: nn.BatchNorm2d, tf: Any, x: Any) -> Any:
    assert module.running_mean is not None
    assert module.running_var is not None
    scale, offset, mean, variance = map(
        array, (module.weight, module.bias, module.running_mean, module.running_var)
    )
    normalized, *_ = tf.compat.v1.nn.fused_batch_norm(
        x, scale, offset, mean, variance, epsilon=module.eps, is_training=False
    )
    return normalized


@through.register
def _relu(module: nn.ReLU, tf: Any, x: Any) -> Any:
    del module
    return tf.nn.relu(x)


@through.register
def _relu6(module: nn.ReLU6, tf: Any, x: Any) -> Any:
    del module
    return tf.nn.relu6(x)


def name_tensors(tf: Any, tensors: Sequence[Any], names: Sequence[str]) -> None:
    """Gives them these names."""
    for tensor, name in zip(tensors, names, strict=True):
        tf.identity(tensor, name=name_of(name))


def name_of(tensor: str) -> str:
    """Returns the name of the operation whose first output the tensor is: "image" for "image:0"."""
    return tensor.partition(":")[0]
