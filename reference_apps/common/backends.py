"""The backends of the vision apps, opened on an official file or on a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from torch import nn

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.stand_in import StandIn


def open_onnx(
    options: ModelOptions, stand_in: StandIn[Any], outputs: Sequence[str]
) -> OnnxRuntimeBackend:
    """Inputs as the model has them."""
    return OnnxRuntimeBackend(
        options.path or stand_in.onnx_file(),
        outputs=options.outputs or outputs,
        device=options.device,
        threads=options.threads,
    )


def open_graph(
    options: ModelOptions, stand_in: StandIn[Any], inputs: Sequence[str], outputs: Sequence[str]
) -> TensorFlowBackend:
    """A frozen graph of TensorFlow."""
    return TensorFlowBackend(
        options.path or stand_in.frozen_graph(),
        inputs=options.inputs or inputs,
        outputs=options.outputs or outputs,
        device=options.device,
        threads=options.threads,
    )


def open_module(options: ModelOptions, network: nn.Module, outputs: Sequence[str]) -> TorchBackend:
    """A network of PyTorch with one input."""
    return TorchBackend(
        network,
        inputs=["image"],
        outputs=outputs,
        device=options.device,
        threads=options.threads,
    )
