"""PyTorch files of weights by name."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from mlperf_loadgen.harness.untrusted import FileError
from torch import nn

from reference_apps.common.torch_file import WEIGHTS, check_tensors, check_torch_file

Network = TypeVar("Network", bound=nn.Module)


def weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a PyTorch file, which holds tensors only. Raises FileNotFoundError without the
    file, FileError for one of another kind.
    """
    check_torch_file(path, WEIGHTS)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise FileError(f"{path} is no PyTorch checkpoint of weights: {error}") from None
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise FileError(f"{path} holds no weights by name")
    check_tensors(path, state.values())
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def with_weights(network: Network, state: dict[str, torch.Tensor], path: Path) -> Network:
    """The network, in evaluation mode, with these weights. Raises FileError naming the file that
    they are from and what does not fit.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise FileError(f"{path} is no {type(network).__name__}: {error}") from None
    return network.eval()
