"""Writes ResNet50 v1.5 as an ONNX file and a frozen graph with the tensors of the official ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import array, name_of, through, write_graph
from reference_apps.common.onnx_file import export
from reference_apps.resnet50.model import ResNet50

INPUT = "input_tensor:0"
OUTPUTS = ("ArgMax:0", "softmax_tensor:0")


class _Answers(nn.Module):
    def __init__(self, network: ResNet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(images)
        return logits.argmax(dim=1), logits.softmax(dim=1)


def write_onnx(network: ResNet50, path: Path) -> None:
    """Takes float32 (n, 3, 224, 224), gives int64 (n) and float32 (n, 1001)."""
    export(_Answers(network), torch.zeros(1, 3, 224, 224), path, INPUT, OUTPUTS)


def write_frozen_graph(network: ResNet50, path: Path) -> None:
    """Takes float32 (n, 224, 224, 3), gives int64 (n) and float32 (n, 1001)."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: ResNet50) -> None:
    x = tf.compat.v1.placeholder(tf.float32, (None, 224, 224, 3), name=name_of(INPUT))
    stem = (network.conv1, network.bn1, nn.ReLU(), network.maxpool)
    for module in (*stem, *network.stages()):
        x = through(module, tf, x)
    x = tf.reduce_mean(x, axis=(1, 2))
    logits = tf.matmul(x, array(network.fc.weight.T)) + array(network.fc.bias)
    tf.argmax(logits, axis=1, name="ArgMax")
    tf.nn.softmax(logits, name="softmax_tensor")
