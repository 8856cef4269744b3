"""SSD-ResNet34 1200x1200 of the benchmark's TensorFlow graph as a torch module with its anchors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from reference_apps.ssd_resnet34.model import CLASSES, GRIDS, IMAGE_SIDE, SsdResNet34
from reference_apps.vision import boxes
from reference_apps.vision.boxes import by_cell
from reference_apps.vision.layers import SameConv2d, SameMaxPool2d

LEAST_SIDE = 0.03  # of a box that counts, in parts of the picture
_STEPS = (24, 48, 92, 171, 400, 400)  # pixels
_SCALES = (0.1, 0.2, 0.375, 0.55, 0.725, 0.9)
_SQUARES = (0.1414, 0.2739, 0.4541, 0.6315, 0.8078, 0.9836)
_FEW = (1.0, 2.0, 0.5)
_MANY = (*_FEW, 3.0, 0.3333)
_RATIOS = (_FEW, _MANY, _MANY, _MANY, _FEW, _FEW)


class TensorFlowSsdResNet34(SsdResNet34):
    """All padding is SAME, the fourth block behind the backbone has a stride of 3, and boxes are
    others, in another order.

    Float32 (n, 3, 1200, 1200) to boxes (n, 15130, 4) as ymin, xmin, ymax, xmax in parts of the
    image, within 0..1, and scores (n, 15130, 81), all 0 for boxes that are too small to count.
    """

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self._build(
            SameMaxPool2d(3, stride=2),
            [
                SameConv2d(256, 512, 3, stride=2),
                SameConv2d(256, 512, 3, stride=2),
                SameConv2d(128, 256, 3, stride=2),
                SameConv2d(128, 256, 3, stride=3),
                SameConv2d(128, 256, 3),
            ],
            anchors(),
        )

    @staticmethod
    def convolution(
        channels: int, out: int, kernel: int, *, stride: int = 1, bias: bool = False
    ) -> nn.Conv2d:
        """Returns a convolution that is padded for the size of its input."""
        return SameConv2d(channels, out, kernel, stride=stride, bias=bias)

    def rows(self, maps: Sequence[Tensor], heads: nn.ModuleList, width: int) -> Tensor:
        """See boxes.by_cell: the channels of a head go by shape, then by coordinate or class."""
        return by_cell(maps, heads, width)

    def by_class(self, tensor: Tensor) -> Tensor:
        """See SsdResNet34.by_class."""
        return tensor.view(-1, CLASSES, tensor[0].numel()).transpose(0, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        found, scores = super().forward(images)
        found = found.clamp(0, 1)
        counts = (found[..., 2:] - found[..., :2] > LEAST_SIDE).all(dim=-1, keepdim=True)
        return found, scores * counts


def anchors() -> Tensor:
    """Returns the anchors, float32 (15130, 4): see boxes.anchors."""
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
