"""The anchors of SSD-MobileNet."""

from __future__ import annotations

import math

from torch import Tensor

from reference_apps.common import boxes

GRIDS = (19, 10, 5, 3, 2, 1)
ANCHORS_PER_CELL = (3, 6, 6, 6, 6, 6)
_SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
_FIRST_LAYER = ((0.1, 1.0), (0.2, 2.0), (0.2, 0.5))  # scale, aspect ratio
_RATIOS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)


def anchors() -> Tensor:
    """Float32 (1917, 4): see boxes.anchors."""
    return boxes.anchors(
        [
            (grid, 1 / grid, [_height_and_width(*shape) for shape in _shapes(layer)])
            for layer, grid in enumerate(GRIDS)
        ]
    )


def _shapes(layer: int) -> tuple[tuple[float, float], ...]:
    if layer == 0:
        return _FIRST_LAYER
    scale = _SCALES[layer]
    between = math.sqrt(scale * _SCALES[layer + 1])
    return (*((scale, ratio) for ratio in _RATIOS), (between, 1.0))


def _height_and_width(scale: float, ratio: float) -> boxes.Shape:
    return scale / math.sqrt(ratio), scale * math.sqrt(ratio)
