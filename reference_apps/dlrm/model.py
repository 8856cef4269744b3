"""DLRM as a torch module, with the weights' names of the official checkpoints, and how it is
loaded from one: a dictionary whose entry `state_dict` holds the weights.

Maxim Naumov et al., Deep Learning Recommendation Model for Personalization and Recommendation
Systems, 2019.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.untrusted import FileError
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.common.torch_file import (
    WEIGHTS,
    Inert,
    check_tensors,
    check_torch_file,
)
from reference_apps.dlrm.variants import Variant


class Dlrm(nn.Module):
    """Dense features float32 (n, 13), offsets and indices int64 (26, n) to the probability of a
    click, float32 (n, 1). offsets say where the bag of indices of a row begins in each table.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.emb_l = nn.ModuleList(
            nn.EmbeddingBag(rows, variant.dimension, mode="sum") for rows in variant.tables
        )
        self.bot_l = nn.Sequential(*_layers(variant.bottom))
        self.top_l = nn.Sequential(*_layers(variant.top)[:-1], nn.Sigmoid())
        self.register_buffer("below", _below(len(variant.tables) + 1), persistent=False)

    def forward(self, dense: Tensor, offsets: Tensor, indices: Tensor) -> Tensor:
        bags = [
            functional.embedding_bag(indices[k], weight, offsets[k], mode="sum")
            for k, weight in enumerate(self.tables())
        ]
        return self.probability(dense, bags)

    def tables(self) -> list[Tensor]:
        """The embeddings of each categorical feature."""
        return [table.get_parameter("weight") for table in self.emb_l]

    def probability(self, dense: Tensor, bags: Sequence[Tensor]) -> Tensor:
        """What follows the tables. bags: an embedding (n, dimension) for each table."""
        x: Tensor = self.bot_l(dense)
        vectors = torch.stack((x, *bags), dim=1)
        products = torch.bmm(vectors, vectors.transpose(1, 2)).flatten(1)
        interactions = products.index_select(1, self.get_buffer("below"))
        made: Tensor = self.top_l(torch.cat((x, interactions), dim=1))
        return made


def _layers(widths: Sequence[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width, out in pairwise(widths):
        layers += (nn.Linear(width, out), nn.ReLU())
    return layers


def _below(side: int) -> Tensor:
    """Where the products below the diagonal are, row by row, in a flat matrix."""
    places = [row * side + column for row in range(side) for column in range(row)]
    return torch.tensor(places, device="cpu")  # also where the weights are only shapes


# Beside the weights stand figures of the training, as numbers of NumPy, which are left out.
_FIGURES = (
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
)
_NAMES = {*WEIGHTS, *_FIGURES, "_codecs.encode"}


def read_checkpoint(path: Path, variant: Variant) -> Dlrm:
    """The network with the weights in the file, in evaluation mode. Tables stay in the file, from
    where they are read as they are used, if it is of the form that torch writes since 1.6.

    Raises FileError naming the file and what does not fit. Code in the file is not run.
    """
    check_torch_file(path, _NAMES)
    figures: list[Any] = [(Inert, name) for name in _FIGURES]
    try:
        with torch.serialization.safe_globals(figures):
            loaded = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise FileError(f"{path} is no PyTorch checkpoint of weights: {error}") from None
    with torch.device("meta"):
        network = Dlrm(variant)
    weights = _weights(loaded, path)
    _check(network, weights, path, variant)
    check_tensors(path, weights.values())
    network.load_state_dict(weights, assign=True)
    return network.eval()


def _weights(loaded: Any, path: Path) -> dict[str, Tensor]:
    state = loaded.get("state_dict") if isinstance(loaded, dict) else None
    if not isinstance(state, dict) or not all(isinstance(w, Tensor) for w in state.values()):
        raise FileError(f"{path} is no checkpoint of DLRM: it has no weights under state_dict")
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def _check(network: Dlrm, weights: dict[str, Tensor], path: Path, variant: Variant) -> None:
    for name, place in network.state_dict().items():
        if name not in weights:
            raise FileError(f"{path} is no checkpoint of DLRM: {name} is missing")
        if weights[name].shape != place.shape:
            raise FileError(
                f"{path}: {name} has the shape {tuple(weights[name].shape)}, but "
                f"{tuple(place.shape)} in {variant.name} (see --dataset and --max-ind-range)"
            )
    unknown = sorted(set(weights) - set(network.state_dict()))
    if unknown:
        raise FileError(f"{path}: {variant.name} has no {unknown[0]}")
