"""SSD-ResNet34 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.frozen_graph import (
    array,
    batch_norm,
    best,
    convolution,
    name_of,
    name_tensors,
    write_graph,
)
from reference_apps.ssd_resnet34.network import CLASSES, Basic, SsdResNet34
from reference_apps.ssd_resnet34.tensors import (
    ABOVE,
    COUNT,
    GRAPH_INPUT,
    GRAPH_OUTPUTS,
    OVERLAP,
    SIDE,
)


def write(network: SsdResNet34, path: Path) -> None:
    """Input float32 (n, 3, 1200, 1200); outputs as tensors.GRAPH_OUTPUTS, all float32. The network
    is that of the PyTorch checkpoint; the official graph pads in another way.
    """
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: SsdResNet34) -> None:
    images = tf.compat.v1.placeholder(tf.float32, (None, 3, SIDE, SIDE), name=name_of(GRAPH_INPUT))
    maps = [_through(tf, tf.transpose(images, (0, 2, 3, 1)), network.backbone)]
    for extra in network.extras:
        maps.append(_through(tf, maps[-1], extra))
    codes = _rows(tf, maps, network.box_heads, 4)
    scores = tf.nn.softmax(_rows(tf, maps, network.class_heads, CLASSES))
    boxes = _decoded(tf, codes, array(network.default_boxes))
    found = best(tf, boxes, scores, above=ABOVE, overlap=OVERLAP, count=COUNT)
    outputs = (found.nmsed_boxes, found.nmsed_classes + 1, found.nmsed_scores)
    name_tensors(tf, outputs, GRAPH_OUTPUTS)


def _through(tf: Any, x: Any, layers: nn.Module) -> Any:
    for layer in layers.children():
        if isinstance(layer, Basic):
            x = _basic(tf, x, layer)
        elif isinstance(layer, nn.Conv2d):
            x = convolution(tf, x, layer, same=False)
        elif isinstance(layer, nn.BatchNorm2d):
            x = batch_norm(tf, x, layer)
        elif isinstance(layer, nn.MaxPool2d):  # what it pads with is never the greatest
            x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
        else:
            x = tf.nn.relu(x)
    return x


def _basic(tf: Any, x: Any, block: Basic) -> Any:
    shortcut = x if block.downsample is None else _through(tf, x, block.downsample)
    x = tf.nn.relu(batch_norm(tf, convolution(tf, x, block.conv1, same=False), block.bn1))
    x = batch_norm(tf, convolution(tf, x, block.conv2, same=False), block.bn2)
    return tf.nn.relu(x + shortcut)


def _rows(tf: Any, maps: list[Any], heads: nn.ModuleList, width: int) -> Any:
    rows = []
    for x, head in zip(maps, heads, strict=True):
        assert isinstance(head, nn.Conv2d)
        made = tf.transpose(convolution(tf, x, head, same=False), (0, 3, 1, 2))
        rows.append(tf.reshape(made, (tf.shape(x)[0], width, -1)))
    return tf.transpose(tf.concat(rows, axis=2), (0, 2, 1))


def _decoded(tf: Any, codes: Any, boxes: Any) -> Any:
    """ymin, xmin, ymax, xmax."""
    centre = codes[..., :2] * 0.1 * boxes[:, 2:] + boxes[:, :2]
    half = tf.exp(codes[..., 2:] * 0.2) * boxes[:, 2:] / 2.0
    return tf.gather(tf.concat([centre - half, centre + half], axis=-1), (1, 0, 3, 2), axis=-1)
