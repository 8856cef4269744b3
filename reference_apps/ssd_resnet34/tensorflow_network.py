"""SSD-ResNet34 1200x1200 as the benchmark's TensorFlow graph has it, as a torch module."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from reference_apps.common.boxes import by_cell
from reference_apps.common.same_padding import SameConv2d, SameMaxPool2d
from reference_apps.ssd_resnet34.network import CLASSES, SsdResNet34
from reference_apps.ssd_resnet34.tensorflow_anchors import anchors

LEAST_SIDE = 0.03  # of a box that counts, in parts of the picture


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
        """One that is padded for the size of its input."""
        return SameConv2d(channels, out, kernel, stride=stride, bias=bias)

    def rows(self, maps: Sequence[Tensor], heads: nn.ModuleList, width: int) -> Tensor:
        """See boxes.by_cell: the channels of a head go by shape, then by coordinate or class."""
        return by_cell(maps, heads, width)

    def by_class(self, tensor: Tensor) -> Tensor:
        """See SsdResNet34.by_class."""
        return tensor.view(-1, CLASSES, tensor[0].numel()).transpose(0, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        boxes, scores = super().forward(images)
        boxes = boxes.clamp(0, 1)
        counts = (boxes[..., 2:] - boxes[..., :2] > LEAST_SIDE).all(dim=-1, keepdim=True)
        return boxes, scores * counts
