"""SSD-ResNet34 as an ONNX file with the tensors of the one made from the TensorFlow graph."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from reference_apps.common import nms_onnx
from reference_apps.common.onnx_file import export
from reference_apps.ssd_resnet34.tensorflow_network import TensorFlowSsdResNet34
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


class _Detector(nn.Module):
    def __init__(self, network: TensorFlowSsdResNet34) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        boxes, scores, classes = nms_onnx.best(
            *self.network(images.permute(0, 3, 1, 2)),
            above=GRAPH_ABOVE,
            overlap=GRAPH_OVERLAP,
            candidates=GRAPH_CANDIDATES,
            of_a_class=GRAPH_OF_A_CLASS,
            in_all=GRAPH_COUNT,
        )
        return boxes, classes.float(), scores


def write(network: TensorFlowSsdResNet34, path: Path) -> None:
    """Input float32 (n, 1200, 1200, 3); outputs as tensors.GRAPH_OUTPUTS, all float32."""
    export(_Detector(network), torch.zeros(1, SIDE, SIDE, 3), path, GRAPH_INPUT, GRAPH_OUTPUTS)
