"""Writes ONNX files from torch modules, and reads their tensor names."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn

OPSET = 17

Axes = Mapping[str, Mapping[int, str]]  # by name of a tensor, the names of its variable axes


def export(
    module: nn.Module,
    example: Tensor | tuple[Tensor, ...],
    path: Path,
    input_name: str | Sequence[str],
    output_names: Sequence[str],
    *,
    free_axes: Sequence[int] = (0,),
) -> None:
    """Writes the module, in evaluation mode. The first axis of all tensors is the batch; free_axes
    are those of all tensors that may have another length than in the example.

    example, input_name: what the module takes, or a tuple of that and as many names.
    """
    examples = example if isinstance(example, tuple) else (example,)
    input_names = [input_name] if isinstance(input_name, str) else input_name
    axes = {axis: f"axis_{axis}" if axis else "n" for axis in free_axes}
    export_with_axes(
        module, examples, path, dict.fromkeys(input_names, axes), dict.fromkeys(output_names, axes)
    )


def export_with_axes(
    module: nn.Module, examples: tuple[Tensor, ...], path: Path, inputs: Axes, outputs: Axes
) -> None:
    """Writes the module, in evaluation mode. inputs, outputs: for each tensor, by its name, the
    axes that may have another length than in the examples, and what these lengths are called.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        torch.onnx.export(
            module.eval(),
            examples,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={**inputs, **outputs},
            opset_version=OPSET,
            dynamo=False,
        )


def input_names(path: Path) -> list[str]:
    """Returns the inputs of an ONNX file. Raises FileError naming a file of another kind."""
    return [str(tensor.name) for tensor in _graph(path).input]


def output_names(path: Path) -> list[str]:
    """Returns the outputs of an ONNX file. Raises FileError naming a file of another kind."""
    return [str(tensor.name) for tensor in _graph(path).output]


def _graph(path: Path) -> Any:
    onnx = require("onnx")
    try:
        return onnx.load(str(path), load_external_data=False).graph
    except Exception as error:  # whatever this protobuf raises
        raise FileError(f"{path} is not an ONNX file: {error}") from None
