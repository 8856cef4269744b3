"""Layers of the vision networks: residual blocks, and the padding that TensorFlow calls SAME."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """Convolutions one after the other, each with a batch norm, beside a shortcut, which has a
    convolution of its own where size or channels change. Parameters are named as in torchvision.
    """

    def __init__(self, *convolutions: nn.Conv2d) -> None:
        super().__init__()
        self._count = len(convolutions)
        for number, layer in enumerate(convolutions, start=1):
            self.add_module(f"conv{number}", layer)
            self.add_module(f"bn{number}", nn.BatchNorm2d(layer.out_channels))
        channels, out = convolutions[0].in_channels, convolutions[-1].out_channels
        stride = math.prod(layer.stride[0] for layer in convolutions)
        self.downsample = None
        if stride != 1 or channels != out:
            convolution = type(convolutions[0])(channels, out, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(out))

    def steps(self) -> list[nn.Sequential]:
        """Returns each convolution with its batch norm."""
        return [
            nn.Sequential(getattr(self, f"conv{number}"), getattr(self, f"bn{number}"))
            for number in range(1, self._count + 1)
        ]

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        *before, last = self.steps()
        for step in before:
            x = functional.relu(step(x))
        return functional.relu(last(x) + shortcut)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Returns the padding before and after an axis of `size`: as many outputs as strides begin."""
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
