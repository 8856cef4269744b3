"""SSD-MobileNet v1 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.frozen_graph import (
    array,
    best,
    convolution,
    name_of,
    name_tensors,
    write_graph,
)
from reference_apps.common.same_padding import SameConv2d
from reference_apps.ssd_mobilenet.network import CLASSES, Scale, SsdMobileNet
from reference_apps.ssd_mobilenet.tensors import ABOVE, COUNT, INPUT, OUTPUTS, OVERLAP, SIDE


def write(network: SsdMobileNet, path: Path) -> None:
    """Input uint8 (n, 300, 300, 3); outputs as tensors.OUTPUTS, all float32."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: SsdMobileNet) -> None:
    images = tf.compat.v1.placeholder(tf.uint8, (None, SIDE, SIDE, 3), name=name_of(INPUT))
    x = (tf.cast(images, tf.float32) - 127.5) / 127.5
    maps = [_through(tf, _through(tf, x, network.first), network.early)]
    maps.append(_through(tf, maps[-1], network.late))
    for extra in network.extras:
        maps.append(_through(tf, maps[-1], extra))
    codes = _rows(tf, maps, network.box_heads, 4)
    scores = tf.sigmoid(_rows(tf, maps, network.class_heads, CLASSES))
    boxes = _decoded(tf, codes, array(network.anchors))
    found = best(tf, boxes, scores, above=ABOVE, overlap=OVERLAP, count=COUNT)
    outputs = (
        tf.cast(found.valid_detections, tf.float32),
        found.nmsed_boxes,
        found.nmsed_scores,
        found.nmsed_classes + 1,
    )
    name_tensors(tf, outputs, OUTPUTS)


def _through(tf: Any, x: Any, layers: nn.Module) -> Any:
    for layer in layers.children() if isinstance(layers, nn.Sequential) else (layers,):
        if isinstance(layer, nn.Sequential):
            x = _through(tf, x, layer)
        elif isinstance(layer, SameConv2d):
            x = convolution(tf, x, layer, same=True)
        elif isinstance(layer, Scale):
            x = x * array(layer.weight.flatten()) + array(layer.bias.flatten())
        else:
            x = tf.nn.relu6(x)
    return x


def _rows(tf: Any, maps: list[Any], heads: nn.ModuleList, width: int) -> Any:
    rows = []
    for x, head in zip(maps, heads, strict=True):
        assert isinstance(head, nn.Conv2d)
        rows.append(tf.reshape(convolution(tf, x, head, same=False), (tf.shape(x)[0], -1, width)))
    return tf.concat(rows, axis=1)


def _decoded(tf: Any, codes: Any, anchors: Any) -> Any:
    centre = codes[..., :2] / 10.0 * anchors[:, 2:] + anchors[:, :2]
    half = tf.exp(codes[..., 2:] / 5.0) * anchors[:, 2:] / 2.0
    return tf.concat([centre - half, centre + half], axis=-1)
