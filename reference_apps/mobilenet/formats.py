"""Writes MobileNet v1 as an ONNX file and a frozen graph with the tensors of the official ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from reference_apps.common.frozen_graph import name_of, through, write_graph
from reference_apps.common.onnx_file import export
from reference_apps.mobilenet.model import MobileNet

INPUT = "input:0"
OUTPUT = "MobilenetV1/Predictions/Reshape_1:0"


def write_onnx(network: MobileNet, path: Path) -> None:
    """Takes float32 (n, 3, 224, 224), gives float32 (n, 1001), probabilities."""
    answers = nn.Sequential(network, nn.Softmax(dim=1))
    export(answers, torch.zeros(1, 3, 224, 224), path, INPUT, (OUTPUT,))


def write_frozen_graph(network: MobileNet, path: Path) -> None:
    """Takes float32 (n, 224, 224, 3), gives float32 (n, 1001), probabilities."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: MobileNet) -> None:
    x = tf.compat.v1.placeholder(tf.float32, (None, 224, 224, 3), name=name_of(INPUT))
    x = through(network.features, tf, x)
    x = tf.reduce_mean(x, axis=(1, 2), keepdims=True)
    logits = tf.squeeze(through(network.logits, tf, x), (1, 2))
    tf.identity(tf.nn.softmax(logits), name=name_of(OUTPUT))
