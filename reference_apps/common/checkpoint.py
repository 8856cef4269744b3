"""The weights in a PyTorch file."""

from __future__ import annotations

from pathlib import Path

import torch


def state_of(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a PyTorch file, which holds tensors only. Raises ValueError naming it."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise ValueError(f"{path} is no PyTorch checkpoint of weights: {error}") from None
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise ValueError(f"{path} holds no weights by name")
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}
