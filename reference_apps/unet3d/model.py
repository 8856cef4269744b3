"""Defines 3D-UNet as a torch module, with the layers and names of nnU-Net, and reads its weights.

Fabian Isensee et al., nnU-Net: a self-configuring method, 2021; 3d_fullres, trainer V2.
"""

from __future__ import annotations

from pathlib import Path

import torch
from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn

from reference_apps.common.checkpoint import weights_in
from reference_apps.unet3d.processing import CLASSES, DOWN_SAMPLINGS, MODALITIES

BASE_WIDTH = 32  # channels of the first stage
_MAX_WIDTH = 10  # in base widths


class UNet3d(nn.Module):
    """Turns float32 (n, 4, d, h, w), with d, h and w multiples of 32 and not all 32, into five
    tensors of logits (n, 4, ...): at the resolution of the input, at half of it, and so on to a
    sixteenth.
    """

    def __init__(self, base_width: int = BASE_WIDTH) -> None:
        super().__init__()
        widths = [
            min(base_width * 2**stage, base_width * _MAX_WIDTH)
            for stage in range(DOWN_SAMPLINGS + 1)
        ]
        *skips, bottom = widths
        before = [MODALITIES, *skips]
        context: list[nn.Module] = [
            _Stage(taken, width, width, stride=1 if stage == 0 else 2)
            for stage, (taken, width) in enumerate(zip(before, skips, strict=False))
        ]
        context.append(
            nn.Sequential(_Stage(skips[-1], bottom, stride=2), _Stage(bottom, bottom, stride=1))
        )
        upward = list(reversed(skips))
        self.conv_blocks_localization = nn.ModuleList(
            nn.Sequential(_Stage(2 * width, width, stride=1), _Stage(width, width, stride=1))
            for width in upward
        )
        self.conv_blocks_context = nn.ModuleList(context)
        self.tu = nn.ModuleList(
            nn.ConvTranspose3d(below, width, 2, stride=2, bias=False)
            for below, width in zip([bottom, *upward], upward, strict=False)
        )
        self.seg_outputs = nn.ModuleList(
            nn.Conv3d(width, CLASSES, 1, bias=False) for width in upward
        )

    def forward(self, volumes: Tensor) -> tuple[Tensor, ...]:
        x = volumes
        skips: list[Tensor] = []
        for stage in self.conv_blocks_context:
            x = stage(x)
            skips.append(x)
        skips.pop()
        logits: list[Tensor] = []
        for enlarge, join, head in zip(
            self.tu, self.conv_blocks_localization, self.seg_outputs, strict=True
        ):
            x = join(torch.cat([enlarge(x), skips.pop()], dim=1))
            logits.append(head(x))
        return tuple(reversed(logits))


class Block(nn.Module):
    """Applies a 3x3x3 convolution, instance norm and leaky ReLU."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, out, 3, stride=stride, padding=1)
        self.instnorm = nn.InstanceNorm3d(out, eps=1e-5, affine=True)
        self.lrelu = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.lrelu(self.instnorm(self.conv(x)))
        return y


class _Stage(nn.Module):
    """Applies blocks one after the other, the first with the stride."""

    def __init__(self, channels: int, *widths: int, stride: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *(
                Block(taken, width, stride if place == 0 else 1)
                for place, (taken, width) in enumerate(
                    zip([channels, *widths], widths, strict=False)
                )
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.blocks(x)
        return y


_FOLD = "fold_1"
_NAME = "model_final_checkpoint.model"


def checkpoint_in(folder: Path) -> Path:
    """Returns the file of weights in a model directory of nnU-Net. Raises FileNotFoundError."""
    path = folder / _FOLD / _NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} is not a model directory of nnU-Net: no such file: {path}"
        )
    return path


def read_checkpoint(path: Path) -> UNet3d:
    """Returns the network in evaluation mode, with the weights of a file that holds them by name,
    either under `state_dict` or at the top level. Its width is taken from the weights.

    Raises FileError naming the file and the first weights that do not fit.
    """
    weights = dict(weights_in(path))
    first = "conv_blocks_context.0.blocks.0.conv.weight"
    if first not in weights or weights[first].ndim != 5:
        raise FileError(f"{path} is not a 3D-UNet of nnU-Net: it has no {first} with 5 axes")
    network = UNet3d(base_width=len(weights[first]))
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise FileError(f"{path} is not a 3D-UNet of nnU-Net: {error}") from None
    return network.eval()
