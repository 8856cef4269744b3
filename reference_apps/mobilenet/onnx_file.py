"""MobileNet v1 as an ONNX file with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from reference_apps.common.onnx_file import export
from reference_apps.mobilenet.network import MobileNet

INPUT = "input:0"
OUTPUT = "MobilenetV1/Predictions/Reshape_1:0"


def write(network: MobileNet, path: Path) -> None:
    """Input float32 (n, 3, 224, 224); output float32 (n, 1001), probabilities."""
    answers = nn.Sequential(network, nn.Softmax(dim=1))
    export(answers, torch.zeros(1, 3, 224, 224), path, INPUT, (OUTPUT,))
