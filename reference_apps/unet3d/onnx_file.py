"""3D-UNet as an ONNX file with the tensors of the official one."""

from __future__ import annotations

from pathlib import Path

import torch

from reference_apps.common.onnx_file import export
from reference_apps.unet3d.network import UNet3d
from reference_apps.unet3d.sizes import DIVISOR, MODALITIES

INPUT = "input"
OUTPUT = "output"
_COARSER = tuple(f"output_{parts}" for parts in (2, 4, 8, 16))  # in parts of the resolution


def write(network: UNet3d, path: Path) -> None:
    """Input float32 (n, 4, d, h, w) of any grid that the network takes; five outputs, as the
    network has them.
    """
    example = torch.zeros(1, MODALITIES, 2 * DIVISOR, DIVISOR, DIVISOR)
    export(network, example, path, INPUT, (OUTPUT, *_COARSER), free_axes=(0, 2, 3, 4))
