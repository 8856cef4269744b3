"""BERT as ONNX files with the tensors of the official ones."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray

from reference_apps.bert.features import LENGTH
from reference_apps.bert.network import Bert
from reference_apps.bert.tensors import ONNX_INPUTS, ONNX_OUTPUTS, TORCH_INPUTS
from reference_apps.common.onnx_file import export


def write(network: Bert, path: Path) -> None:
    """Inputs int64 (n, 384), outputs float32 (n, 384)."""
    _write(network, path, ONNX_INPUTS)


def write_quantized(network: Bert, path: Path, examples: NDArray[Any]) -> None:
    """The same with the names of the quantized file: products of matrices take int8, the ranges of
    which come from the examples, (n, 3, 384).
    """
    quantization = require("onnxruntime.quantization")

    class Examples(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self._left = iter(examples.astype("int64"))

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            rows = next(self._left, None)
            if rows is None:
                return None
            return {name: row[None] for name, row in zip(TORCH_INPUTS, rows, strict=True)}

    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder, "exact.onnx")
        _write(network, exact, TORCH_INPUTS)
        quantization.quantize_static(
            exact,
            path,
            Examples(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul"],
        )


def _write(network: Bert, path: Path, inputs: Sequence[str]) -> None:
    example = torch.zeros(1, LENGTH, dtype=torch.int64)
    export(network, (example, torch.ones_like(example), example), path, inputs, ONNX_OUTPUTS)
