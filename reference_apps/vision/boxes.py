"""Computes the boxes of a detector: its anchors, and what its heads make of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

CENTRE_SCALE = 0.1  # of codes; also called variances
SIZE_SCALE = 0.2
CODES = 4  # of a box: y, x, height and width, or x, y, width and height

Shape = tuple[float, float]  # height and width, in parts of the picture


def anchors(grids: Sequence[tuple[int, float, Sequence[Shape]]]) -> Tensor:
    """Returns float32 (boxes, 4): centre y, x, height and width, in parts of the picture; not
    clipped. By grid, then by cell in rows, then by shape.

    grids: cells along a side, the side of a cell in parts of the picture, shapes in each cell.
    """
    rows = [
        ((row + 0.5) * step, (column + 0.5) * step, *shape)
        for cells, step, shapes in grids
        for row, column in itertools.product(range(cells), repeat=2)
        for shape in shapes
    ]
    return torch.tensor(rows, dtype=torch.float32)


def decode(codes: Tensor, priors: Tensor) -> Tensor:
    """Returns two corners of boxes (..., 4) from codes (..., 4) for the priors (boxes, 4), which
    are centres and sizes; all have y and x in the same order.
    """
    centre = codes[..., :2] * CENTRE_SCALE * priors[:, 2:] + priors[:, :2]
    half = (codes[..., 2:] * SIZE_SCALE).exp() * priors[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def encode(boxes: Tensor, priors: Tensor) -> Tensor:
    """Returns the codes that `decode` makes these boxes from."""
    centre, size = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    offset = (centre - priors[:, :2]) / priors[:, 2:] / CENTRE_SCALE
    return torch.cat([offset, (size / priors[:, 2:]).log() / SIZE_SCALE], dim=-1)


def by_cell(maps: Sequence[Tensor], heads: nn.ModuleList, width: int) -> Tensor:
    """Returns (n, boxes, width) from all maps: by cell in rows, then by shape of box."""
    return torch.cat(
        [
            head(x).permute(0, 2, 3, 1).flatten(1).unflatten(1, (-1, width))
            for x, head in zip(maps, heads, strict=True)
        ],
        dim=1,
    )
