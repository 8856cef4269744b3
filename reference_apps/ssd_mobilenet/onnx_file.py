"""SSD-MobileNet v1 as an ONNX file with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from reference_apps.common import nms_onnx
from reference_apps.common.onnx_file import export
from reference_apps.ssd_mobilenet.network import SsdMobileNet
from reference_apps.ssd_mobilenet.tensors import ABOVE, COUNT, INPUT, OUTPUTS, OVERLAP, SIDE


class _Detector(nn.Module):
    def __init__(self, network: SsdMobileNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        pixels = (images.permute(0, 3, 1, 2).float() - 127.5) / 127.5
        boxes, scores, classes = nms_onnx.best(
            *self.network(pixels), above=ABOVE, overlap=OVERLAP, of_a_class=COUNT, in_all=COUNT
        )
        return (scores > 0).sum(dim=1).float(), boxes, scores, classes.float()


def write(network: SsdMobileNet, path: Path) -> None:
    """Input uint8 (n, 300, 300, 3); outputs as tensors.OUTPUTS, all float32."""
    example = torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)
    export(_Detector(network), example, path, INPUT, OUTPUTS)
