"""The anchors of SSD-MobileNet, and boxes from codes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

GRIDS = (19, 10, 5, 3, 2, 1)
ANCHORS_PER_CELL = (3, 6, 6, 6, 6, 6)
_SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
_FIRST_LAYER = ((0.1, 1.0), (0.2, 2.0), (0.2, 0.5))  # scale, aspect ratio
_RATIOS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)
_CODE_WEIGHTS = (10.0, 10.0, 5.0, 5.0)


def anchors() -> Tensor:
    """Float32 (1917, 4): centre y, x, height and width, in parts of the image; not clipped. By
    layer, then by cell in rows, then by shape.
    """
    rows = []
    for layer, grid in enumerate(GRIDS):
        for row in range(grid):
            for column in range(grid):
                for scale, ratio in _shapes(layer):
                    root = math.sqrt(ratio)
                    rows.append(
                        ((row + 0.5) / grid, (column + 0.5) / grid, scale / root, scale * root)
                    )
    return torch.tensor(rows, dtype=torch.float32)


def _shapes(layer: int) -> tuple[tuple[float, float], ...]:
    if layer == 0:
        return _FIRST_LAYER
    scale = _SCALES[layer]
    between = math.sqrt(scale * _SCALES[layer + 1])
    return (*((scale, ratio) for ratio in _RATIOS), (between, 1.0))


def decode(codes: Tensor, priors: Tensor) -> Tensor:
    """Boxes (..., 4) as ymin, xmin, ymax, xmax from codes (..., 4) as ty, tx, th, tw."""
    codes = codes / codes.new_tensor(_CODE_WEIGHTS)
    centre = codes[..., :2] * priors[:, 2:] + priors[:, :2]
    half = codes[..., 2:].exp() * priors[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)
