"""SSD-ResNet34 1200x1200 as a torch module with its default boxes.

Wei Liu et al., SSD: Single Shot MultiBox Detector, 2016, on ResNet34 up to its third stage, as the
benchmark's PyTorch checkpoint has it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reference_apps.vision.boxes import CODES, decode
from reference_apps.vision.layers import Residual

CLASSES = 81  # 0 is the background
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 1))  # channels, blocks, stride
IMAGE_SIDE = 1200
GRIDS = (50, 25, 13, 7, 3, 3)
ANCHORS_PER_CELL = (4, 6, 6, 6, 4, 4)
_SIDES = tuple(int(side * 4) for side in (21, 45, 99, 153, 207, 261, 315))  # pixels
_RATIOS = ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))


class SsdResNet34(nn.Module):
    """Float32 (n, 3, 1200, 1200) to boxes (n, 15130, 4) as xmin, ymin, xmax, ymax in parts of the
    image, and scores (n, 15130, 81).
    """

    default_boxes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self._build(
            nn.MaxPool2d(3, stride=2, padding=1),
            [
                nn.Conv2d(256, 512, 3, stride=2, padding=1),
                nn.Conv2d(256, 512, 3, stride=2, padding=1),
                nn.Conv2d(128, 256, 3, stride=2, padding=1),
                nn.Conv2d(128, 256, 3, stride=2),
                nn.Conv2d(128, 256, 3),
            ],
            default_boxes(),
        )

    @staticmethod
    def convolution(
        channels: int, out: int, kernel: int, *, stride: int = 1, bias: bool = False
    ) -> nn.Conv2d:
        """Returns a convolution that is padded by half its kernel."""
        return nn.Conv2d(channels, out, kernel, stride=stride, padding=kernel // 2, bias=bias)

    def _build(self, pool: nn.Module, ends: Sequence[nn.Conv2d], boxes: Tensor) -> None:
        """ends: the second convolution of each of the blocks behind the backbone."""
        layers = [self.convolution(3, 64, 7, stride=2), nn.BatchNorm2d(64), nn.ReLU(), pool]
        channels = 64
        for out, blocks, stride in _STAGES:
            for block in range(blocks):
                layers.append(
                    Residual(
                        self.convolution(channels, out, 3, stride=stride if block == 0 else 1),
                        self.convolution(out, out, 3),
                    )
                )
                channels = out
        self.backbone = nn.Sequential(*layers)
        map_channels = [channels, *(end.out_channels for end in ends)]
        self.extras = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, end.in_channels, 1), nn.ReLU(), end, nn.ReLU())
            for before, end in zip(map_channels[:-1], ends, strict=True)
        )
        heads = list(zip(map_channels, ANCHORS_PER_CELL, strict=True))
        self.box_heads = self._heads([(c, k * CODES) for c, k in heads])
        self.class_heads = self._heads([(c, k * CLASSES) for c, k in heads])
        self.register_buffer("default_boxes", boxes, persistent=False)

    def _heads(self, channels: Sequence[tuple[int, int]]) -> nn.ModuleList:
        return nn.ModuleList(
            self.convolution(c, out, 3, stride=3, bias=True) for c, out in channels
        )

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """Returns the six maps that the heads read."""
        maps = [self.backbone(images)]
        for extra in self.extras:
            maps.append(extra(maps[-1]))
        return maps

    def rows(self, maps: Sequence[Tensor], heads: nn.ModuleList, width: int) -> Tensor:
        """Returns (n, boxes, width) from all maps: by shape of box, then by cell in rows. The
        channels of a head go by coordinate or class, then by shape.
        """
        columns = [
            head(x).unflatten(1, (width, -1)).flatten(2)
            for x, head in zip(maps, heads, strict=True)
        ]
        return torch.cat(columns, dim=2).transpose(1, 2)

    def by_class(self, tensor: Tensor) -> Tensor:
        """Returns a view of the weight or bias of a class head with classes as first axis."""
        return tensor.view(CLASSES, -1)

    def logits(self, maps: Sequence[Tensor]) -> Tensor:
        """Returns (n, 15130, 81), before the softmax."""
        return self.rows(maps, self.class_heads, CLASSES)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.feature_maps(images)
        boxes = decode(self.rows(maps, self.box_heads, CODES), self.default_boxes)
        return boxes, self.logits(maps).softmax(dim=-1)


def default_boxes() -> Tensor:
    """Returns float32 (15130, 4): centre x, y, width and height, in parts of the image, within
    0..1. By layer, then by shape, then by cell in rows.
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
