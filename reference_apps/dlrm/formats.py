"""Writes DLRM as ONNX files and as a frozen TensorFlow graph, with the official tensor names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import array, name_of, write_graph
from reference_apps.common.onnx_file import Axes, export_with_axes
from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.variants import NUM_DENSE, NUM_SPARSE

# Inputs are dense features, offsets and indices; of the last two there is one for all tables, or
# one for each. A frozen graph has no offsets: each bag has one index.
ONNX_INPUTS = ("dense_x", "offsets", "indices")
ONNX_INPUTS_BY_TABLE = (
    "dense_x",
    *(f"{name}_{k}" for name in ("offsets", "indices") for k in range(NUM_SPARSE)),
)
ONNX_OUTPUT = "pred"
TORCH_INPUTS = ONNX_INPUTS
GRAPH_INPUTS = ("ph_1:0", "ph_2:0")
GRAPH_OUTPUT = "preds:0"


class _SingleIndexBags(nn.Module):
    """Runs the network on bags of one index, as Criteo has: a bag is the index at its offset."""

    def __init__(self, network: Dlrm) -> None:
        super().__init__()
        self.network = network

    def forward(self, dense: Tensor, offsets: Tensor, indices: Tensor) -> Tensor:
        tables = self.network.tables()
        return self.probability(dense, [offsets[k] for k in range(len(tables))], list(indices))

    def probability(
        self, dense: Tensor, offsets: Sequence[Tensor], indices: Sequence[Tensor]
    ) -> Tensor:
        embeddings = [
            nn.functional.embedding(indices[k][offsets[k]], weight)
            for k, weight in enumerate(self.network.tables())
        ]
        return self.network.probability(dense, embeddings)


class _InputsByTable(_SingleIndexBags):
    """Does the same with one input of offsets and one of indices for each table."""

    def forward(self, dense: Tensor, *bags: Tensor) -> Tensor:
        tables = len(bags) // 2
        return self.probability(dense, bags[:tables], bags[tables:])


def write_onnx(network: Dlrm, path: Path) -> None:
    """Writes an ONNX file with inputs float32 (n, 13), int64 (26, n) and int64 (26, n), and output
    float32 (n, 1).
    """
    bags = torch.zeros(NUM_SPARSE, 2, dtype=torch.int64)
    axes = {name: {1: "n"} for name in ONNX_INPUTS[1:]}
    _export(_SingleIndexBags(network), (bags, bags), path, axes)


def write_onnx_by_table(network: Dlrm, path: Path) -> None:
    """Writes an ONNX file with an input int64 (n) of offsets and one of indices for each table."""
    bags = torch.zeros(2, dtype=torch.int64)
    axes = {name: {0: "n"} for name in ONNX_INPUTS_BY_TABLE[1:]}
    _export(_InputsByTable(network), (bags,) * len(axes), path, axes)


def _export(module: nn.Module, bags: tuple[Tensor, ...], path: Path, axes: Axes) -> None:
    examples = (torch.zeros(2, NUM_DENSE), *bags)
    inputs = {ONNX_INPUTS[0]: {0: "n"}, **axes}
    export_with_axes(module, examples, path, inputs, {ONNX_OUTPUT: {0: "n"}})


def write_frozen_graph(network: Dlrm, path: Path) -> None:
    """Writes a frozen graph with inputs float32 (n, 13) and int32 (n, 26), and output float32
    (n, 1).
    """
    write_graph(path, lambda tf: _build_graph(tf, network))


def _build_graph(tf: Any, network: Dlrm) -> None:
    dense_name, sparse_name = map(name_of, GRAPH_INPUTS)
    dense = tf.compat.v1.placeholder(tf.float32, (None, NUM_DENSE), name=dense_name)
    sparse = tf.compat.v1.placeholder(tf.int32, (None, NUM_SPARSE), name=sparse_name)
    x = _mlp(tf, network.bot_l, dense)
    embeddings = [tf.gather(array(table), sparse[:, k]) for k, table in enumerate(network.tables())]
    vectors = tf.stack([x, *embeddings], axis=1)
    side = len(embeddings) + 1
    products = tf.reshape(tf.matmul(vectors, vectors, transpose_b=True), (-1, side * side))
    interactions = tf.gather(products, array(network.get_buffer("lower_triangle")), axis=1)
    probability = _mlp(tf, network.top_l, tf.concat([x, interactions], axis=1))
    tf.identity(probability, name=name_of(GRAPH_OUTPUT))


def _mlp(tf: Any, layers: nn.Sequential, x: Any) -> Any:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            product = tf.matmul(x, array(layer.weight), transpose_b=True)
            x = tf.nn.bias_add(product, array(layer.bias))
        else:
            x = tf.nn.relu(x) if isinstance(layer, nn.ReLU) else tf.sigmoid(x)
    return x
