"""ResNet50 v1.5 as an ONNX file with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from reference_apps.common.onnx_file import export
from reference_apps.resnet50.network import ResNet50

INPUT = "input_tensor:0"
OUTPUTS = ("ArgMax:0", "softmax_tensor:0")


class _Answers(nn.Module):
    def __init__(self, network: ResNet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(images)
        return logits.argmax(dim=1), logits.softmax(dim=1)


def write(network: ResNet50, path: Path) -> None:
    """Input float32 (n, 3, 224, 224); outputs int64 (n) and float32 (n, 1001)."""
    export(_Answers(network), torch.zeros(1, 3, 224, 224), path, INPUT, OUTPUTS)
