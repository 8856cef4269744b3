"""The official PyTorch file."""

from __future__ import annotations

from pathlib import Path

from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.rnnt.config import Config
from reference_apps.rnnt.network import Rnnt

_FRONT_END = "audio_preprocessor."  # which has no weights: its constants are in the file
_JOINT = "joint_net."  # what the file calls joint.net


def read_checkpoint(path: Path, config: Config) -> Rnnt:
    """The network in evaluation mode, with the weights in a file that holds tensors only: under
    state_dict, or all there is.

    Raises FileNotFoundError without the file, ValueError naming the file and what does not fit.
    """
    state = {
        f"joint.net.{name[len(_JOINT) :]}" if name.startswith(_JOINT) else name: tensor
        for name, tensor in weights(path).items()
        if not name.startswith(_FRONT_END)
    }
    return with_weights(Rnnt(config), state, path)
