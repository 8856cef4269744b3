"""The anchors of SSD-ResNet34 from TensorFlow."""

from __future__ import annotations

import math

from torch import Tensor

from reference_apps.common import boxes
from reference_apps.ssd_resnet34.anchors import GRIDS, IMAGE_SIDE

_STEPS = (24, 48, 92, 171, 400, 400)  # pixels
_SCALES = (0.1, 0.2, 0.375, 0.55, 0.725, 0.9)
_SQUARES = (0.1414, 0.2739, 0.4541, 0.6315, 0.8078, 0.9836)
_FEW = (1.0, 2.0, 0.5)
_MANY = (*_FEW, 3.0, 0.3333)
_RATIOS = (_FEW, _MANY, _MANY, _MANY, _FEW, _FEW)


def anchors() -> Tensor:
    """Float32 (15130, 4): see boxes.anchors."""
    return boxes.anchors(
        [
            (cells, step / IMAGE_SIDE, _shapes(layer))
            for layer, (cells, step) in enumerate(zip(GRIDS, _STEPS, strict=True))
        ]
    )


def _shapes(layer: int) -> list[boxes.Shape]:
    square, scale = _SQUARES[layer], _SCALES[layer]
    roots = [math.sqrt(ratio) for ratio in _RATIOS[layer]]
    return [(square, square), *((scale / root, scale * root) for root in roots)]
