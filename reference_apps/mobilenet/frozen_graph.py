"""MobileNet v1 as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference_apps.common.frozen_graph import name_of, through, write_graph
from reference_apps.mobilenet.network import MobileNet

INPUT = "input:0"
OUTPUT = "MobilenetV1/Predictions/Reshape_1:0"


def write(network: MobileNet, path: Path) -> None:
    """Input float32 (n, 224, 224, 3); output float32 (n, 1001), probabilities."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: MobileNet) -> None:
    x = tf.compat.v1.placeholder(tf.float32, (None, 224, 224, 3), name=name_of(INPUT))
    x = through(network.features, tf, x)
    x = tf.reduce_mean(x, axis=(1, 2), keepdims=True)
    logits = tf.squeeze(through(network.logits, tf, x), (1, 2))
    tf.identity(tf.nn.softmax(logits), name=name_of(OUTPUT))
