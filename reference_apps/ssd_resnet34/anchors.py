"""The default boxes of SSD-ResNet34 from PyTorch."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor

IMAGE_SIDE = 1200
GRIDS = (50, 25, 13, 7, 3, 3)
ANCHORS_PER_CELL = (4, 6, 6, 6, 4, 4)
_SIDES = tuple(int(side * 4) for side in (21, 45, 99, 153, 207, 261, 315))  # pixels
_RATIOS = ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))


def default_boxes() -> Tensor:
    """Float32 (15130, 4): centre x, y, width and height, in parts of the image, within 0..1. By
    layer, then by shape, then by cell in rows.
    """
    rows = [
        ((column + 0.5) / grid, (row + 0.5) / grid, width / IMAGE_SIDE, height / IMAGE_SIDE)
        for layer, grid in enumerate(GRIDS)
        for width, height in _shapes(layer)
        for row, column in itertools.product(range(grid), repeat=2)
    ]
    return torch.tensor(rows, dtype=torch.float32).clamp(0, 1)


def _shapes(layer: int) -> list[tuple[float, float]]:
    side = _SIDES[layer]
    between = math.sqrt(side * _SIDES[layer + 1])
    shapes = [(float(side), float(side)), (between, between)]
    for ratio in _RATIOS[layer]:
        wide, low = side * math.sqrt(ratio), side / math.sqrt(ratio)
        shapes += [(wide, low), (low, wide)]
    return shapes
