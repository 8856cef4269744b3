"""The official PyTorch file."""

from __future__ import annotations

from pathlib import Path

import torch

from reference_apps.rnnt.config import Config
from reference_apps.rnnt.network import Rnnt

# Of the front end, which the file has too and which has no weights.
_LEFT_OUT = {"audio_preprocessor.featurizer.fb", "audio_preprocessor.featurizer.window"}
_JOINT = "joint_net."  # what the file calls joint.net


def read_checkpoint(path: Path, config: Config) -> Rnnt:
    """The network in evaluation mode, with the weights in a file that holds tensors only: under
    state_dict, or all there is.

    Raises FileNotFoundError without the file, ValueError naming the file and what does not fit.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise ValueError(f"{path} is no PyTorch checkpoint of weights: {error}") from None
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(state, dict):
        raise ValueError(f"{path} holds no weights by name")
    network = Rnnt(config)
    try:
        network.load_state_dict(
            {
                f"joint.net.{name[len(_JOINT) :]}" if name.startswith(_JOINT) else name: weights
                for name, weights in state.items()
                if name not in _LEFT_OUT
            }
        )
    except RuntimeError as error:
        raise ValueError(f"{path} is no RNN-T of these sizes: {error}") from None
    return network.eval()
