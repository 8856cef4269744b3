"""SSD-ResNet34 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference_apps.common.boxes import CODES
from reference_apps.common.frozen_graph import (
    best,
    by_cell,
    decode,
    name_of,
    name_tensors,
    through,
    write_graph,
)
from reference_apps.ssd_resnet34.network import CLASSES
from reference_apps.ssd_resnet34.tensorflow_network import LEAST_SIDE, TensorFlowSsdResNet34
from reference_apps.ssd_resnet34.tensors import (
    GRAPH_ABOVE,
    GRAPH_CANDIDATES,
    GRAPH_COUNT,
    GRAPH_INPUT,
    GRAPH_OF_A_CLASS,
    GRAPH_OUTPUTS,
    GRAPH_OVERLAP,
    SIDE,
)


def write(network: TensorFlowSsdResNet34, path: Path) -> None:
    """Input float32 (n, 3, 1200, 1200); outputs as tensors.GRAPH_OUTPUTS, all float32."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: TensorFlowSsdResNet34) -> None:
    images = tf.compat.v1.placeholder(tf.float32, (None, 3, SIDE, SIDE), name=name_of(GRAPH_INPUT))
    maps = [through(network.backbone, tf, tf.transpose(images, (0, 2, 3, 1)))]
    for extra in network.extras:
        maps.append(through(extra, tf, maps[-1]))
    codes = by_cell(tf, maps, network.box_heads, CODES)
    boxes = tf.clip_by_value(decode(tf, codes, network.default_boxes), 0.0, 1.0)
    counts = tf.reduce_all(boxes[..., 2:] - boxes[..., :2] > LEAST_SIDE, axis=-1, keepdims=True)
    scores = tf.nn.softmax(by_cell(tf, maps, network.class_heads, CLASSES))
    found = best(
        tf,
        boxes,
        tf.where(counts, scores, 0.0),
        above=GRAPH_ABOVE,
        overlap=GRAPH_OVERLAP,
        candidates=GRAPH_CANDIDATES,
        of_a_class=GRAPH_OF_A_CLASS,
        in_all=GRAPH_COUNT,
    )
    outputs = (found.nmsed_boxes, found.nmsed_classes + 1, found.nmsed_scores)
    name_tensors(tf, outputs, GRAPH_OUTPUTS)
