"""Convolution and pooling with the padding that TensorFlow calls SAME, as torch modules."""

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
        return super().forward(_padded(x, self.kernel_size[0], self.stride[0], 0.0))


class SameMaxPool2d(nn.MaxPool2d):
    """nn.MaxPool2d with a square kernel, padded for the size of its input."""

    def forward(self, x: Tensor) -> Tensor:
        assert isinstance(self.kernel_size, int)
        assert isinstance(self.stride, int)
        x = _padded(x, self.kernel_size, self.stride, float("-inf"))
        pooled: Tensor = functional.max_pool2d(x, self.kernel_size, self.stride)
        return pooled


def _padded(x: Tensor, kernel: int, stride: int, value: float) -> Tensor:
    above, below = same_padding(x.shape[2], kernel, stride)
    left, right = same_padding(x.shape[3], kernel, stride)
    if above or below or left or right:
        x = functional.pad(x, (left, right, above, below), value=value)
    return x
