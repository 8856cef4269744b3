"""SSD-ResNet34 1200x1200 as a torch module.

Wei Liu et al., SSD: Single Shot MultiBox Detector, 2016, on ResNet34 up to its third stage, as the
benchmark's PyTorch checkpoint has it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.ssd_resnet34.anchors import ANCHORS_PER_CELL, decode, default_boxes

CLASSES = 81  # 0 is the background
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 1))  # channels, blocks, stride
_EXTRAS = (  # middle, out, stride, padding
    (256, 512, 2, 1),
    (256, 512, 2, 1),
    (128, 256, 2, 1),
    (128, 256, 2, 0),
    (128, 256, 1, 0),
)
_CODES = 4


class SsdResNet34(nn.Module):
    """Float32 (n, 3, 1200, 1200) to boxes (n, 15130, 4) as xmin, ymin, xmax, ymax in parts of the
    image, and scores (n, 15130, 81).
    """

    default_boxes: Tensor

    def __init__(self) -> None:
        super().__init__()
        stem = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64)]
        layers: list[nn.Module] = [*stem, nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
        channels = 64
        for out, blocks, stride in _STAGES:
            for block in range(blocks):
                layers.append(Basic(channels, out, stride if block == 0 else 1))
                channels = out
        self.backbone = nn.Sequential(*layers)
        map_channels = [channels]
        self.extras = nn.ModuleList()
        for middle, out, stride, padding in _EXTRAS:
            self.extras.append(
                nn.Sequential(
                    nn.Conv2d(channels, middle, 1),
                    nn.ReLU(),
                    nn.Conv2d(middle, out, 3, stride=stride, padding=padding),
                    nn.ReLU(),
                )
            )
            channels = out
            map_channels.append(channels)
        heads = list(zip(map_channels, ANCHORS_PER_CELL, strict=True))
        self.box_heads = nn.ModuleList(_head(c, k * _CODES) for c, k in heads)
        self.class_heads = nn.ModuleList(_head(c, k * CLASSES) for c, k in heads)
        self.register_buffer("default_boxes", default_boxes(), persistent=False)

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        """The six maps that the heads look at."""
        maps = [self.backbone(images)]
        for extra in self.extras:
            maps.append(extra(maps[-1]))
        return maps

    def logits(self, maps: list[Tensor]) -> Tensor:
        """(n, 15130, 81), before the softmax."""
        return _rows(maps, self.class_heads, CLASSES)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.feature_maps(images)
        boxes = decode(_rows(maps, self.box_heads, _CODES), self.default_boxes)
        return boxes, self.logits(maps).softmax(dim=-1)


class Basic(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(channels, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out)
            )
            if stride != 1 or channels != out
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(x)) + shortcut)


def _head(channels: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, stride=3, padding=1)


def _rows(maps: list[Tensor], heads: nn.ModuleList, width: int) -> Tensor:
    """(n, boxes, width) from all maps: by shape of box, then by cell in rows. The channels of a
    head go by coordinate or class, then by shape.
    """
    columns = [
        head(x).unflatten(1, (width, -1)).flatten(2) for x, head in zip(maps, heads, strict=True)
    ]
    return torch.cat(columns, dim=2).transpose(1, 2)
