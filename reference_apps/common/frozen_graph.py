"""Frozen TensorFlow graphs from the weights of torch modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """The values, as a constant takes them."""
    return np.ascontiguousarray(tensor.detach().cpu().numpy())


def convolution(tf: Any, x: Any, layer: nn.Conv2d, *, same: bool) -> Any:
    """`layer` on x (n, height, width, channels), with its bias. same: padding SAME, else that of
    the layer.
    """
    if not same and any(layer.padding):
        above, left = (int(side) for side in layer.padding)
        x = tf.pad(x, [[0, 0], [above, above], [left, left], [0, 0]])
    strides = [1, *layer.stride, 1]
    padding = "SAME" if same else "VALID"
    weight = layer.weight.permute(2, 3, 1, 0)  # height, width, in, out
    if layer.groups > 1:
        x = tf.nn.depthwise_conv2d(x, array(weight.transpose(2, 3)), strides, padding)
    else:
        x = tf.nn.conv2d(x, array(weight), strides, padding)
    return x if layer.bias is None else tf.nn.bias_add(x, array(layer.bias))


def batch_norm(tf: Any, x: Any, layer: nn.BatchNorm2d) -> Any:
    """`layer` with the statistics it has learnt, on x (n, height, width, channels)."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    scale, offset, mean, variance = map(
        array, (layer.weight, layer.bias, layer.running_mean, layer.running_var)
    )
    made, *_ = tf.compat.v1.nn.fused_batch_norm(
        x, scale, offset, mean, variance, epsilon=layer.eps, is_training=False
    )
    return made


def best(tf: Any, boxes: Any, scores: Any, *, above: float, overlap: float, count: int) -> Any:
    """Of boxes (n, k, 4) by scores (n, k, classes), class 0 being the background, the best `count`
    of a class and of all, without those that overlap a better one of their class by more than
    `overlap`: nmsed_boxes, nmsed_scores, nmsed_classes from 0, valid_detections.
    """
    return tf.image.combined_non_max_suppression(
        boxes[:, :, None],
        scores[:, :, 1:],
        count,
        count,
        iou_threshold=overlap,
        score_threshold=above,
        clip_boxes=False,
    )


def name_tensors(tf: Any, tensors: Sequence[Any], names: Sequence[str]) -> None:
    """Makes them known by these names."""
    for tensor, name in zip(tensors, names, strict=True):
        tf.identity(tensor, name=name_of(name))


def name_of(tensor: str) -> str:
    """Of the operation whose first output the tensor is: "image:0" is that of "image"."""
    return tensor.partition(":")[0]
