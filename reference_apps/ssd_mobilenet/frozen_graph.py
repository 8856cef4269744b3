"""SSD-MobileNet v1 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.boxes import CODES
from reference_apps.common.frozen_graph import (
    array,
    best,
    by_cell,
    decode,
    name_of,
    name_tensors,
    through,
    write_graph,
)
from reference_apps.ssd_mobilenet.network import CLASSES, Scale, SsdMobileNet
from reference_apps.ssd_mobilenet.tensors import ABOVE, COUNT, INPUT, OUTPUTS, OVERLAP, SIDE


def write(network: SsdMobileNet, path: Path) -> None:
    """Input uint8 (n, 300, 300, 3); outputs as tensors.OUTPUTS, all float32."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: SsdMobileNet) -> None:
    images = tf.compat.v1.placeholder(tf.uint8, (None, SIDE, SIDE, 3), name=name_of(INPUT))
    x = (tf.cast(images, tf.float32) - 127.5) / 127.5
    maps = [through(nn.Sequential(network.first, network.early), tf, x)]
    for module in (network.late, *network.extras):
        maps.append(through(module, tf, maps[-1]))
    boxes = decode(tf, by_cell(tf, maps, network.box_heads, CODES), network.anchors)
    scores = tf.sigmoid(by_cell(tf, maps, network.class_heads, CLASSES))
    found = best(tf, boxes, scores, above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT)
    outputs = (
        tf.cast(found.valid_detections, tf.float32),
        found.nmsed_boxes,
        found.nmsed_scores,
        found.nmsed_classes + 1,
    )
    name_tensors(tf, outputs, OUTPUTS)


@through.register
def _scale(module: Scale, tf: Any, x: Any) -> Any:
    del tf
    return x * array(module.weight.flatten()) + array(module.bias.flatten())
