"""DLRM as ONNX files with the tensors of the official ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from reference_apps.dlrm.network import Dlrm

DENSE = "dense_x"
OFFSETS = "offsets"  # one tensor for all tables; or offsets_0, offsets_1, ...
INDICES = "indices"
OUTPUT = "pred"
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


def write(network: Dlrm, path: Path) -> None:
    """Inputs float32 (n, 13), int64 (26, n) and int64 (26, n); output float32 (n, 1)."""
    bags = torch.zeros(len(network.emb_l), 2, dtype=torch.int64)
    axes = {OFFSETS: {1: "n"}, INDICES: {1: "n"}}
    _export(_SingleIndexBags(network), (bags, bags), path, axes)


def write_by_table(network: Dlrm, path: Path) -> None:
    """As write, with int64 (n) for each table: offsets_0, ..., indices_0, ..."""
    names = [f"{kind}_{k}" for kind in (OFFSETS, INDICES) for k in range(len(network.emb_l))]
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
            input_names=[DENSE, *axes],
            output_names=[OUTPUT],
            dynamic_axes={DENSE: {0: "n"}, OUTPUT: {0: "n"}, **axes},
            opset_version=_OPSET,
            dynamo=False,
        )
