"""DLRM as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.common.frozen_graph import array, name_of, write_graph
from reference_apps.dlrm.network import Dlrm
from reference_apps.dlrm.variants import DENSE, SPARSE

DENSE_INPUT = "ph_1:0"
SPARSE_INPUT = "ph_2:0"
OUTPUT = "preds:0"


def write(network: Dlrm, path: Path) -> None:
    """Inputs float32 (n, 13), int32 (n, 26); output float32 (n, 1). One index a bag."""
    write_graph(path, lambda tf: _build(tf, network))


def _build(tf: Any, network: Dlrm) -> None:
    dense = tf.compat.v1.placeholder(tf.float32, (None, DENSE), name=name_of(DENSE_INPUT))
    sparse = tf.compat.v1.placeholder(tf.int32, (None, SPARSE), name=name_of(SPARSE_INPUT))
    x = _layers(tf, dense, network.bot_l)
    bags = [tf.gather(array(table), sparse[:, k]) for k, table in enumerate(network.tables())]
    vectors = tf.stack([x, *bags], axis=1)
    side = len(bags) + 1
    products = tf.reshape(tf.matmul(vectors, vectors, transpose_b=True), (-1, side * side))
    interactions = tf.gather(products, array(network.get_buffer("below")), axis=1)
    answers = _layers(tf, tf.concat([x, interactions], axis=1), network.top_l)
    tf.identity(answers, name=name_of(OUTPUT))


def _layers(tf: Any, x: Any, layers: nn.Sequential) -> Any:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            x = tf.nn.bias_add(
                tf.matmul(x, array(layer.weight), transpose_b=True), array(layer.bias)
            )
        else:
            x = tf.nn.relu(x) if isinstance(layer, nn.ReLU) else tf.sigmoid(x)
    return x
