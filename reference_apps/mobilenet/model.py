"""MobileNet v1 1.0 224 as a torch module, and its weights from PyTorch files.

Andrew Howard et al., MobileNets, 2017; padding and batch norm as in the TensorFlow checkpoint.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.vision import preprocessing
from reference_apps.vision.classifier import Checkpoint
from reference_apps.vision.layers import SameConv2d

# Stride and channels of each depthwise separable block.
BLOCKS = (
    *((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512)),
    *((1, 512),) * 5,
    *((2, 1024), (1, 1024)),
)
FIRST_CHANNELS = 32


class MobileNet(nn.Module):
    """Float32 (n, 3, 224, 224) to logits (n, 1001), class 0 for the background."""

    def __init__(self, classes: int = 1001) -> None:
        super().__init__()
        layers: list[nn.Module] = [*_convolution(3, FIRST_CHANNELS, 3, stride=2)]
        channels = FIRST_CHANNELS
        for stride, out in BLOCKS:
            layers += _convolution(channels, channels, 3, stride=stride, groups=channels)
            layers += _convolution(channels, out, 1)
            channels = out
        self.features = nn.Sequential(*layers)
        self.logits = nn.Conv2d(channels, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images).mean((2, 3), keepdim=True)
        logits: Tensor = self.logits(x).flatten(1)
        return logits


def _convolution(
    channels: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    return [
        SameConv2d(channels, out, kernel, stride=stride, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3),
        nn.ReLU6(),
    ]


def load(path: Path) -> Checkpoint:
    """Reads weights as MobileNet names them: there is no official file for PyTorch. Raises
    FileError naming the file and what does not fit.
    """
    network = with_weights(MobileNet(), weights(path), path)
    return Checkpoint(network, preprocessing.mobilenet, background=True)
