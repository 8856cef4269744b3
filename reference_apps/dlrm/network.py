"""DLRM as a torch module, with the weights' names of the official checkpoints.

Maxim Naumov et al., Deep Learning Recommendation Model for Personalization and Recommendation
Systems, 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

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
