"""Official PyTorch checkpoints: a dictionary whose entry `state_dict` holds the weights."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.untrusted import FileError
from torch import Tensor

from reference_apps.common.torch_file import (
    WEIGHTS,
    Inert,
    check_tensors,
    check_torch_file,
)
from reference_apps.dlrm.network import Dlrm
from reference_apps.dlrm.variants import Variant

# Beside the weights stand figures of the training, as numbers of NumPy, which are left out.
_FIGURES = (
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
)
_NAMES = {*WEIGHTS, *_FIGURES, "_codecs.encode"}


def read_checkpoint(path: Path, variant: Variant) -> Dlrm:
    """The network with the weights in the file, in evaluation mode. Tables stay in the file, from
    where they are read as they are used, if it is of the form that torch writes since 1.6.

    Raises FileError naming the file and what does not fit. Code in the file is not run.
    """
    check_torch_file(path, _NAMES)
    figures: list[Any] = [(Inert, name) for name in _FIGURES]
    try:
        with torch.serialization.safe_globals(figures):
            loaded = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise FileError(f"{path} is no PyTorch checkpoint of weights: {error}") from None
    with torch.device("meta"):
        network = Dlrm(variant)
    weights = _weights(loaded, path)
    _check(network, weights, path, variant)
    check_tensors(path, weights.values())
    network.load_state_dict(weights, assign=True)
    return network.eval()


def _weights(loaded: Any, path: Path) -> dict[str, Tensor]:
    state = loaded.get("state_dict") if isinstance(loaded, dict) else None
    if not isinstance(state, dict) or not all(isinstance(w, Tensor) for w in state.values()):
        raise FileError(f"{path} is no checkpoint of DLRM: it has no weights under state_dict")
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def _check(network: Dlrm, weights: dict[str, Tensor], path: Path, variant: Variant) -> None:
    for name, place in network.state_dict().items():
        if name not in weights:
            raise FileError(f"{path} is no checkpoint of DLRM: {name} is missing")
        if weights[name].shape != place.shape:
            raise FileError(
                f"{path}: {name} has the shape {tuple(weights[name].shape)}, but "
                f"{tuple(place.shape)} in {variant.name} (see --dataset and --max-ind-range)"
            )
    unknown = sorted(set(weights) - set(network.state_dict()))
    if unknown:
        raise FileError(f"{path}: {variant.name} has no {unknown[0]}")
