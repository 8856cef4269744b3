"""Weights of nnU-Net, without running what else its files hold."""

from __future__ import annotations

from pathlib import Path

from mlperf_loadgen.harness.untrusted import FileError

from reference_apps.common.pickled_module import weights_in
from reference_apps.unet3d.network import UNet3d

FOLD = "fold_1"
NAME = "model_final_checkpoint.model"


def checkpoint_in(folder: Path) -> Path:
    """The file of weights in a model directory of nnU-Net. Raises FileNotFoundError."""
    path = folder / FOLD / NAME
    if not path.is_file():
        raise FileNotFoundError(f"{folder} is no model directory of nnU-Net: there is no {path}")
    return path


def load(path: Path) -> UNet3d:
    """The network, in evaluation mode, with the weights of a file that holds them by name, itself
    or as its `state_dict`. Their width is taken from it.

    Raises FileError naming the file and the first weights that do not fit.
    """
    given = dict(weights_in(path))
    first = "conv_blocks_context.0.blocks.0.conv.weight"
    if first not in given or given[first].ndim != 5:
        raise FileError(f"{path} is no 3D-UNet of nnU-Net: it has no {first} with 5 axes")
    network = UNet3d(base_width=len(given[first]))
    try:
        network.load_state_dict(given)
    except RuntimeError as error:
        raise FileError(f"{path} is no 3D-UNet of nnU-Net: {error}") from None
    return network.eval()
