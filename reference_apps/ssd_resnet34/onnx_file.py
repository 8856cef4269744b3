"""SSD-ResNet34 as an ONNX file with the tensors of the one made from PyTorch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from reference_apps.common import nms_onnx
from reference_apps.common.onnx_file import export
from reference_apps.ssd_resnet34.network import SsdResNet34
from reference_apps.ssd_resnet34.tensors import (
    ABOVE,
    COUNT,
    ONNX_INPUT,
    ONNX_OUTPUTS,
    OVERLAP,
    SIDE,
)


class _Detector(nn.Module):
    def __init__(self, network: SsdResNet34) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        boxes, scores, classes = nms_onnx.best(
            *self.network(images), above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT
        )
        return boxes, classes, scores


def write(network: SsdResNet34, path: Path) -> None:
    """Input float32 (n, 3, 1200, 1200); outputs as tensors.ONNX_OUTPUTS."""
    export(_Detector(network), torch.zeros(1, 3, SIDE, SIDE), path, ONNX_INPUT, ONNX_OUTPUTS)
