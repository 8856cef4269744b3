"""ONNX files from torch modules."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

_OPSET = 17


def export(
    module: nn.Module,
    example: Tensor,
    path: Path,
    input_name: str,
    output_names: Sequence[str],
    *,
    free_axes: Sequence[int] = (0,),
) -> None:
    """Writes the module, in evaluation mode. The first axis of all tensors is the batch; free_axes
    are those of all tensors that may have another length than in the example.
    """
    names = {axis: f"axis_{axis}" if axis else "n" for axis in free_axes}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        torch.onnx.export(
            module.eval(),
            (example,),
            str(path),
            input_names=[input_name],
            output_names=list(output_names),
            dynamic_axes=dict.fromkeys((input_name, *output_names), names),
            opset_version=_OPSET,
            dynamo=False,
        )
