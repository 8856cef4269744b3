"""SSD-MobileNet v1 300x300 as a torch module with its anchors, batch norms folded into biases.

Wei Liu et al., SSD: Single Shot MultiBox Detector, 2016, on MobileNet v1, in the form of the
TensorFlow Object Detection API.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from reference_apps.mobilenet.model import BLOCKS, FIRST_CHANNELS
from reference_apps.vision import boxes
from reference_apps.vision.boxes import CODES, by_cell, decode
from reference_apps.vision.layers import SameConv2d

CLASSES = 91  # 0 is the background
_FIRST_MAP = 11  # blocks up to the first feature map
_EXTRAS = ((1024, 256, 512), (512, 128, 256), (256, 128, 256), (256, 64, 128))
_MAP_CHANNELS = (512, 1024, 512, 256, 256, 128)
GRIDS = (19, 10, 5, 3, 2, 1)
ANCHORS_PER_CELL = (3, 6, 6, 6, 6, 6)
_SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
_FIRST_LAYER = ((0.1, 1.0), (0.2, 2.0), (0.2, 0.5))  # scale, aspect ratio
_RATIOS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)


class SsdMobileNet(nn.Module):
    """Float32 (n, 3, 300, 300) in -1..1 to boxes (n, 1917, 4) as ymin, xmin, ymax, xmax in parts
    of the image, and scores (n, 1917, 91).
    """

    anchors: Tensor

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = FIRST_CHANNELS
        for stride, out in BLOCKS:
            blocks.append(_separable(channels, out, stride))
            channels = out
        self.first = nn.Sequential(SameConv2d(3, FIRST_CHANNELS, 3, stride=2), nn.ReLU6())
        self.early = nn.Sequential(*blocks[:_FIRST_MAP])
        self.late = nn.Sequential(*blocks[_FIRST_MAP:])
        self.extras = nn.ModuleList(
            nn.Sequential(
                SameConv2d(before, middle, 1),
                nn.ReLU6(),
                SameConv2d(middle, after, 3, stride=2),
                nn.ReLU6(),
            )
            for before, middle, after in _EXTRAS
        )
        heads = list(zip(_MAP_CHANNELS, ANCHORS_PER_CELL, strict=True))
        self.box_heads = nn.ModuleList(nn.Conv2d(c, k * CODES, 1) for c, k in heads)
        self.class_heads = nn.ModuleList(nn.Conv2d(c, k * CLASSES, 1) for c, k in heads)
        self.register_buffer("anchors", anchors(), persistent=False)

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """Returns the six maps that the heads read."""
        maps = [self.early(self.first(images))]
        maps.append(self.late(maps[-1]))
        for extra in self.extras:
            maps.append(extra(maps[-1]))
        return maps

    def logits(self, maps: list[Tensor]) -> Tensor:
        """Returns (n, 1917, 91), before the sigmoid."""
        return by_cell(maps, self.class_heads, CLASSES)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.feature_maps(images)
        boxes = decode(by_cell(maps, self.box_heads, CODES), self.anchors)
        return boxes, self.logits(maps).sigmoid()


class Scale(nn.Module):
    """A factor and a bias for each channel: what is left of a batch norm after a depthwise
    convolution.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.bias


def _separable(channels: int, out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        SameConv2d(channels, channels, 3, stride=stride, groups=channels, bias=False),
        Scale(channels),
        nn.ReLU6(),
        SameConv2d(channels, out, 1),
        nn.ReLU6(),
    )


def anchors() -> Tensor:
    """Returns the anchors, float32 (1917, 4): see boxes.anchors."""
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
