"""Writes SSD-ResNet34 as ONNX files and a frozen graph with the tensors of the official ones; says
what their last step keeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import name_of, name_tensors, through, write_graph
from reference_apps.common.onnx_file import export
from reference_apps.ssd_resnet34.model import CLASSES, SsdResNet34
from reference_apps.ssd_resnet34.tensorflow_model import LEAST_SIDE, TensorFlowSsdResNet34
from reference_apps.vision.boxes import CODES
from reference_apps.vision.formats import (
    best_in_graph,
    best_in_onnx,
    by_cell_in_graph,
    decode_in_graph,
)

SIDE = 1200  # pixels
ABOVE = 0.05  # a score that counts

# PyTorch and the ONNX file made from it: boxes (n, k, 4) as xmin, ymin, xmax, ymax in parts of the
# picture, labels (n, k) from 1, scores (n, k).
ONNX_INPUT = "image"
ONNX_OUTPUTS = ("bboxes", "labels", "scores")
OVERLAP = 0.5
COUNT = 200

# TensorFlow and the ONNX file made from it: boxes as ymin, xmin, ymax, xmax; sorted.
GRAPH_INPUT = "image:0"
GRAPH_OUTPUTS = ("detection_bboxes:0", "detection_classes:0", "detection_scores:0")
GRAPH_ABOVE = 0.01
GRAPH_OVERLAP = 0.45
GRAPH_CANDIDATES = 400  # of a class
GRAPH_OF_A_CLASS = 200  # without overlaps
GRAPH_COUNT = 400


class _Detector(nn.Module):
    def __init__(self, network: SsdResNet34) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        boxes, scores, classes = best_in_onnx(
            *self.network(images), above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT
        )
        return boxes, classes, scores


def write_onnx(network: SsdResNet34, path: Path) -> None:
    """Writes the file that is made from PyTorch: takes float32 (n, 3, 1200, 1200), gives
    ONNX_OUTPUTS.
    """
    export(_Detector(network), torch.zeros(1, 3, SIDE, SIDE), path, ONNX_INPUT, ONNX_OUTPUTS)


class _TensorFlowDetector(nn.Module):
    def __init__(self, network: TensorFlowSsdResNet34) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        boxes, scores, classes = best_in_onnx(
            *self.network(images.permute(0, 3, 1, 2)),
            above=GRAPH_ABOVE,
            overlap=GRAPH_OVERLAP,
            candidates=GRAPH_CANDIDATES,
            of_a_class=GRAPH_OF_A_CLASS,
            in_all=GRAPH_COUNT,
        )
        return boxes, classes.float(), scores


def write_tensorflow_onnx(network: TensorFlowSsdResNet34, path: Path) -> None:
    """Writes the file that is made from TensorFlow: takes float32 (n, 1200, 1200, 3), gives
    GRAPH_OUTPUTS, all float32.
    """
    export(
        _TensorFlowDetector(network),
        torch.zeros(1, SIDE, SIDE, 3),
        path,
        GRAPH_INPUT,
        GRAPH_OUTPUTS,
    )


def write_frozen_graph(network: TensorFlowSsdResNet34, path: Path) -> None:
    """Takes float32 (n, 3, 1200, 1200), gives GRAPH_OUTPUTS, all float32."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: TensorFlowSsdResNet34) -> None:
    images = tf.compat.v1.placeholder(tf.float32, (None, 3, SIDE, SIDE), name=name_of(GRAPH_INPUT))
    maps = [through(network.backbone, tf, tf.transpose(images, (0, 2, 3, 1)))]
    for extra in network.extras:
        maps.append(through(extra, tf, maps[-1]))
    codes = by_cell_in_graph(tf, maps, network.box_heads, CODES)
    boxes = tf.clip_by_value(decode_in_graph(tf, codes, network.default_boxes), 0.0, 1.0)
    counts = tf.reduce_all(boxes[..., 2:] - boxes[..., :2] > LEAST_SIDE, axis=-1, keepdims=True)
    scores = tf.nn.softmax(by_cell_in_graph(tf, maps, network.class_heads, CLASSES))
    found = best_in_graph(
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
