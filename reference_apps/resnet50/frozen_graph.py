"""ResNet50 v1.5 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.frozen_graph import array, batch_norm, convolution, name_of, write_graph
from reference_apps.resnet50.network import Bottleneck, ResNet50

INPUT = "input_tensor:0"
OUTPUTS = ("ArgMax:0", "softmax_tensor:0")


def write(network: ResNet50, path: Path) -> None:
    """Input float32 (n, 224, 224, 3); outputs int64 (n) and float32 (n, 1001)."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: ResNet50) -> None:
    x = tf.compat.v1.placeholder(tf.float32, (None, 224, 224, 3), name=name_of(INPUT))
    x = tf.nn.relu(_normalized(tf, x, network.conv1, network.bn1))
    x = tf.nn.max_pool2d(x, 3, 2, "SAME")
    for stage in network.stages():
        for block in stage:
            assert isinstance(block, Bottleneck)
            x = _bottleneck(tf, x, block)
    x = tf.reduce_mean(x, axis=(1, 2))
    logits = tf.matmul(x, array(network.fc.weight.T)) + array(network.fc.bias)
    tf.argmax(logits, axis=1, name="ArgMax")
    tf.nn.softmax(logits, name="softmax_tensor")


def _bottleneck(tf: Any, x: Any, block: Bottleneck) -> Any:
    shortcut = x
    if block.downsample is not None:
        convolution_, norm = block.downsample
        shortcut = _normalized(tf, x, convolution_, norm)
    x = tf.nn.relu(_normalized(tf, x, block.conv1, block.bn1))
    x = tf.nn.relu(_normalized(tf, x, block.conv2, block.bn2))
    return tf.nn.relu(_normalized(tf, x, block.conv3, block.bn3) + shortcut)


def _normalized(tf: Any, x: Any, layer: nn.Module, norm: nn.Module) -> Any:
    assert isinstance(layer, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return batch_norm(tf, convolution(tf, x, layer, same=False), norm)
