"""ResNet50 v1.5 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.frozen_graph import array, name_of, through, write_graph
from reference_apps.resnet50.network import ResNet50

INPUT = "input_tensor:0"
OUTPUTS = ("ArgMax:0", "softmax_tensor:0")


def write(network: ResNet50, path: Path) -> None:
    """Input float32 (n, 224, 224, 3); outputs int64 (n) and float32 (n, 1001)."""
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
