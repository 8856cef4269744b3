"""Writes SSD-MobileNet v1 as an ONNX file and a frozen graph with the tensors of the official
graph; says what their last step keeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import array, name_of, name_tensors, through, write_graph
from reference_apps.common.onnx_file import export
from reference_apps.ssd_mobilenet.model import CLASSES, Scale, SsdMobileNet
from reference_apps.vision.boxes import CODES
from reference_apps.vision.formats import (
    best_in_graph,
    best_in_onnx,
    by_cell_in_graph,
    decode_in_graph,
)

SIDE = 300  # pixels
INPUT = "image_tensor:0"
# (n), (n, 100, 4) as ymin, xmin, ymax, xmax in parts of the picture, (n, 100), (n, 100)
OUTPUTS = (
    "num_detections:0",
    "detection_boxes:0",
    "detection_scores:0",
    "detection_classes:0",
)
ABOVE = 0.3  # a score that counts; the graph of 2018_01_28 may have another
OVERLAP = 0.6
ADDED = 1e-5  # to a union, where PyTorch divides by it; boxes are in parts of the picture
COUNT = 100


class _Detector(nn.Module):
    def __init__(self, network: SsdMobileNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        pixels = (images.permute(0, 3, 1, 2).float() - 127.5) / 127.5
        boxes, scores, classes = best_in_onnx(
            *self.network(pixels), above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT
        )
        return (scores > 0).sum(dim=1).float(), boxes, scores, classes.float()


def write_onnx(network: SsdMobileNet, path: Path) -> None:
    """Takes uint8 (n, 300, 300, 3), gives OUTPUTS, all float32."""
    example = torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)
    export(_Detector(network), example, path, INPUT, OUTPUTS)


def write_frozen_graph(network: SsdMobileNet, path: Path) -> None:
    """Takes uint8 (n, 300, 300, 3), gives OUTPUTS, all float32."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: SsdMobileNet) -> None:
    images = tf.compat.v1.placeholder(tf.uint8, (None, SIDE, SIDE, 3), name=name_of(INPUT))
    x = (tf.cast(images, tf.float32) - 127.5) / 127.5
    maps = [through(nn.Sequential(network.first, network.early), tf, x)]
    for module in (network.late, *network.extras):
        maps.append(through(module, tf, maps[-1]))
    boxes = decode_in_graph(
        tf, by_cell_in_graph(tf, maps, network.box_heads, CODES), network.anchors
    )
    scores = tf.sigmoid(by_cell_in_graph(tf, maps, network.class_heads, CLASSES))
    found = best_in_graph(
        tf, boxes, scores, above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT
    )
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
