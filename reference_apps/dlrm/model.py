"""DLRM as a torch module whose weights have the names of the official checkpoints.

Maxim Naumov et al., Deep Learning Recommendation Model for Personalization and Recommendation
Systems, 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.common.checkpoint import weights
from reference_apps.dlrm.variants import Variant

# Beside the weights, official checkpoints have figures of the training as NumPy scalars.
_FIGURES = (
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "_codecs.encode",
)


class Dlrm(nn.Module):
    """Computes the probability of a click, float32 (n, 1).

    Takes dense features float32 (n, 13), and offsets and indices int64 (26, n): offsets say where
    the bag of indices of each row begins in each table.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.emb_l = nn.ModuleList(
            nn.EmbeddingBag(rows, variant.embedding_dim, mode="sum") for rows in variant.table_rows
        )
        self.bot_l = nn.Sequential(*_mlp(variant.bottom_mlp))
        self.top_l = nn.Sequential(*_mlp(variant.top_mlp)[:-1], nn.Sigmoid())
        lower_triangle = _lower_triangle(len(variant.table_rows) + 1)
        self.register_buffer("lower_triangle", lower_triangle, persistent=False)

    def forward(self, dense: Tensor, offsets: Tensor, indices: Tensor) -> Tensor:
        embeddings = [
            functional.embedding_bag(indices[k], weight, offsets[k], mode="sum")
            for k, weight in enumerate(self.tables())
        ]
        return self.probability(dense, embeddings)

    def tables(self) -> list[Tensor]:
        """Lists the embedding table of each categorical feature."""
        return [table.get_parameter("weight") for table in self.emb_l]

    def probability(self, dense: Tensor, embeddings: Sequence[Tensor]) -> Tensor:
        """Computes the result from an embedding (n, dimension) for each table."""
        x: Tensor = self.bot_l(dense)
        vectors = torch.stack((x, *embeddings), dim=1)
        products = torch.bmm(vectors, vectors.transpose(1, 2)).flatten(1)
        interactions = products.index_select(1, self.get_buffer("lower_triangle"))
        probability: Tensor = self.top_l(torch.cat((x, interactions), dim=1))
        return probability


def _mlp(widths: Sequence[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width, out in pairwise(widths):
        layers += (nn.Linear(width, out), nn.ReLU())
    return layers


def _lower_triangle(side: int) -> Tensor:
    """Lists the indices below the diagonal of a flattened square matrix, row by row."""
    indices = [row * side + column for row in range(side) for column in range(row)]
    return torch.tensor(indices, device="cpu")  # even if the network is made on "meta"


def load_checkpoint(path: Path, variant: Variant) -> Dlrm:
    """Loads a network, in evaluation mode, from an official checkpoint: a dictionary whose entry
    `state_dict` has the weights. Its tables are not copied.

    Raises FileError naming the file and what does not fit. Code in the file is not run.
    """
    state = weights(path, ignored=_FIGURES)
    with torch.device("meta"):
        network = Dlrm(variant)
    _check_shapes(network, state, path, variant)
    network.load_state_dict(state, assign=True)
    return network.eval()


def _check_shapes(network: Dlrm, state: dict[str, Tensor], path: Path, variant: Variant) -> None:
    expected = network.state_dict()
    for name, weight in expected.items():
        if name not in state:
            raise FileError(f"{path} is not a checkpoint of DLRM: {name} is missing")
        if state[name].shape != weight.shape:
            raise FileError(
                f"{path}: {name} must have the shape {tuple(weight.shape)} in {variant.name}, not "
                f"{tuple(state[name].shape)} (see --dataset and --max-ind-range)"
            )
    unknown = sorted(set(state) - set(expected))
    if unknown:
        raise FileError(f"{path}: unknown weight {unknown[0]} in {variant.name}")
