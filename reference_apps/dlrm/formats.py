"""DLRM as ONNX files and as a frozen TensorFlow graph, with the tensors of the official ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import array, name_of, write_graph
from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.variants import DENSE, SPARSE

ONNX_DENSE = "dense_x"
ONNX_OFFSETS = "offsets"  # one tensor for all tables; or offsets_0, offsets_1, ...
ONNX_INDICES = "indices"
ONNX_OUTPUT = "pred"
_OPSET = 17


class _SingleIndexBags(nn.Module):
    """The network for bags of one index, as Criteo has: a bag is the row at its offset."""

    def __init__(self, network: Dlrm) -> None:
        super().__init__()
        self.network = network

    def forward(self, dense: Tensor, offsets: Tensor, indices: Tensor) -> Tensor:
        tables = self.network.tables()
        return self.answer(dense, [offsets[k] for k in range(len(tables))], list(indices))

    def answer(self, dense: Tensor, offsets: Sequence[Tensor], indices: Sequence[Tensor]) -> Tensor:
        bags = [
            nn.functional.embedding(indices[k][offsets[k]], weight)
            for k, weight in enumerate(self.network.tables())
        ]
        return self.network.probability(dense, bags)


class _TableByTable(_SingleIndexBags):
    """As that, with a pair of inputs for each table."""

    def forward(self, dense: Tensor, *bags: Tensor) -> Tensor:
        tables = len(bags) // 2
        return self.answer(dense, bags[:tables], bags[tables:])


def write_onnx(network: Dlrm, path: Path) -> None:
    """Inputs float32 (n, 13), int64 (26, n) and int64 (26, n); output float32 (n, 1)."""
    bags = torch.zeros(len(network.emb_l), 2, dtype=torch.int64)
    axes = {ONNX_OFFSETS: {1: "n"}, ONNX_INDICES: {1: "n"}}
    _export(_SingleIndexBags(network), (bags, bags), path, axes)


def write_onnx_by_table(network: Dlrm, path: Path) -> None:
    """As write, with int64 (n) for each table: offsets_0, ..., indices_0, ..."""
    names = [
        f"{kind}_{k}" for kind in (ONNX_OFFSETS, ONNX_INDICES) for k in range(len(network.emb_l))
    ]
    bags = torch.zeros(2, dtype=torch.int64)
    axes = {name: {0: "n"} for name in names}
    _export(_TableByTable(network), (bags,) * len(names), path, axes)


def _export(
    module: nn.Module, bags: tuple[Tensor, ...], path: Path, axes: Mapping[str, Mapping[int, str]]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        torch.onnx.export(
            module.eval(),
            (torch.zeros(2, 13), *bags),
            str(path),
            input_names=[ONNX_DENSE, *axes],
            output_names=[ONNX_OUTPUT],
            dynamic_axes={ONNX_DENSE: {0: "n"}, ONNX_OUTPUT: {0: "n"}, **axes},
            opset_version=_OPSET,
            dynamo=False,
        )


GRAPH_DENSE = "ph_1:0"
GRAPH_SPARSE = "ph_2:0"
GRAPH_OUTPUT = "preds:0"


def write_frozen_graph(network: Dlrm, path: Path) -> None:
    """Inputs float32 (n, 13), int32 (n, 26); output float32 (n, 1). One index a bag."""
    write_graph(path, lambda tf: _graph(tf, network))


def _graph(tf: Any, network: Dlrm) -> None:
    dense = tf.compat.v1.placeholder(tf.float32, (None, DENSE), name=name_of(GRAPH_DENSE))
    sparse = tf.compat.v1.placeholder(tf.int32, (None, SPARSE), name=name_of(GRAPH_SPARSE))
    x = _layers(tf, dense, network.bot_l)
    bags = [tf.gather(array(table), sparse[:, k]) for k, table in enumerate(network.tables())]
    vectors = tf.stack([x, *bags], axis=1)
    side = len(bags) + 1
    products = tf.reshape(tf.matmul(vectors, vectors, transpose_b=True), (-1, side * side))
    interactions = tf.gather(products, array(network.get_buffer("below")), axis=1)
    answers = _layers(tf, tf.concat([x, interactions], axis=1), network.top_l)
    tf.identity(answers, name=name_of(GRAPH_OUTPUT))


def _layers(tf: Any, x: Any, layers: nn.Sequential) -> Any:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            x = tf.nn.bias_add(
                tf.matmul(x, array(layer.weight), transpose_b=True), array(layer.bias)
            )
        else:
            x = tf.nn.relu(x) if isinstance(layer, nn.ReLU) else tf.sigmoid(x)
    return x
