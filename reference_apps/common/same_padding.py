"""Convolution with the padding that TensorFlow calls SAME, as torch modules."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Before and after an axis of `size`: as many outputs as strides begin; the odd one after."""
    outputs = (size + stride - 1) // stride
    total = max((outputs - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class SameConv2d(nn.Conv2d):
    """nn.Conv2d with a square kernel, padded for the size of its input."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        above, below = same_padding(x.shape[2], kernel, stride)
        left, right = same_padding(x.shape[3], kernel, stride)
        if above or below or left or right:
            x = functional.pad(x, (left, right, above, below))
        return super().forward(x)
