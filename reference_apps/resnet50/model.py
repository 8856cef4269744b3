"""ResNet50 v1.5 as a torch module, and its weights from PyTorch files.

Kaiming He et al., Deep Residual Learning for Image Recognition, 2015; v1.5 has the stride of a
bottleneck on its 3x3 convolution. Parameters are named as in torchvision, so that its checkpoints
load.
"""

from __future__ import annotations

from pathlib import Path

from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.vision import preprocessing
from reference_apps.vision.classifier import Checkpoint
from reference_apps.vision.layers import Residual, SameMaxPool2d

_BLOCKS = (3, 4, 6, 3)
_EXPANSION = 4
_WITH_BACKGROUND = 1001  # classes


class ResNet50(nn.Module):
    """Float32 (n, 3, 224, 224) to logits (n, classes).

    classes: 1000, or 1001 with class 0 for the background, as the TensorFlow checkpoint has it.
    That one also pads for its pooling on the lower right only (same_pool).
    """

    def __init__(self, classes: int = 1001, *, same_pool: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = (
            SameMaxPool2d(3, stride=2) if same_pool else nn.MaxPool2d(3, stride=2, padding=1)
        )
        self._channels = 64
        for stage, blocks in enumerate(_BLOCKS):
            self.add_module(
                f"layer{stage + 1}", self._stage(64 << stage, blocks, min(stage, 1) + 1)
            )
        self.fc = nn.Linear(self._channels, classes)

    def _stage(self, width: int, blocks: int, stride: int) -> nn.Sequential:
        layers = []
        for block in range(blocks):
            layers.append(_bottleneck(self._channels, width, stride if block == 0 else 1))
            self._channels = width * _EXPANSION
        return nn.Sequential(*layers)

    def stages(self) -> list[nn.Sequential]:
        """Returns the four stages, each a sequence of Residual."""
        return [getattr(self, f"layer{stage + 1}") for stage in range(len(_BLOCKS))]

    def forward(self, images: Tensor) -> Tensor:
        x = self.maxpool(functional.relu(self.bn1(self.conv1(images))))
        for stage in self.stages():
            x = stage(x)
        logits: Tensor = self.fc(x.mean((2, 3)))
        return logits


def _bottleneck(channels: int, width: int, stride: int) -> Residual:
    return Residual(
        nn.Conv2d(channels, width, 1, bias=False),
        nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False),
        nn.Conv2d(width, width * _EXPANSION, 1, bias=False),
    )


def load(path: Path) -> Checkpoint:
    """Reads weights as torchvision names them: of 1,000 classes, which take the pre-processing of
    torchvision, or of 1,001. Raises FileError naming the file and what does not fit.
    """
    state = weights(path)
    last = state.get("fc.bias")
    classes = 0 if last is None else len(last)
    if classes not in (_WITH_BACKGROUND - 1, _WITH_BACKGROUND):
        raise FileError(
            f"{path} is not a ResNet50: fc.bias has {classes} values, must have 1000 or 1001"
        )
    background = classes == _WITH_BACKGROUND
    network = with_weights(ResNet50(classes, same_pool=background), state, path)
    preprocess = preprocessing.vgg if background else preprocessing.torchvision
    return Checkpoint(network, preprocess, background)
