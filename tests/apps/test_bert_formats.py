"""BERT as files: tensor names, and the same logits as the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from apps.running import NEEDS_TENSORFLOW
from apps.small_bert import example_inputs, logits_of, small_bert
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from numpy.typing import NDArray

from reference_apps.bert.formats import (
    GRAPH_INPUTS,
    GRAPH_OUTPUT,
    ONNX_INPUTS,
    ONNX_OUTPUTS,
    QUANTIZED_ONNX_INPUTS,
    write_frozen_graph,
    write_onnx,
    write_quantized_onnx,
)


@pytest.fixture(scope="module")
def inputs() -> NDArray[np.int64]:
    return example_inputs()


def test_onnx(tmp_path: Path, inputs: NDArray[np.int64]) -> None:
    write_onnx(small_bert(), tmp_path / "model.onnx")
    session = OnnxRuntimeBackend(tmp_path / "model.onnx")
    assert session.inputs == ONNX_INPUTS
    assert session.outputs == ONNX_OUTPUTS
    outputs = session.predict(dict(zip(ONNX_INPUTS, inputs, strict=True)))
    np.testing.assert_allclose(np.stack(outputs), logits_of(small_bert(), inputs), atol=1e-5)


def test_quantized_onnx(tmp_path: Path, inputs: NDArray[np.int64]) -> None:
    path = tmp_path / "quantized.onnx"
    write_quantized_onnx(small_bert(), path, inputs.transpose(1, 0, 2))
    kinds = {node.op_type for node in onnx.load(path).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} < kinds
    session = OnnxRuntimeBackend(path)
    assert session.inputs == QUANTIZED_ONNX_INPUTS
    logits = np.stack(session.predict(dict(zip(QUANTIZED_ONNX_INPUTS, inputs, strict=True))))
    expected = logits_of(small_bert(), inputs)
    assert 1e-4 < np.abs(logits - expected).max() < 0.5
    assert np.corrcoef(logits.ravel(), expected.ravel())[0, 1] > 0.98


@NEEDS_TENSORFLOW
@pytest.mark.parametrize("batch", [None, 2])
def test_frozen_graph(tmp_path: Path, inputs: NDArray[np.int64], batch: int | None) -> None:
    write_frozen_graph(small_bert(), tmp_path / "model.pb", batch=batch)
    graph = TensorFlowBackend(tmp_path / "model.pb", inputs=GRAPH_INPUTS, outputs=[GRAPH_OUTPUT])
    feeds = dict(zip(GRAPH_INPUTS, inputs.astype(np.int32), strict=True))
    (logits,) = graph.predict(feeds)
    expected = logits_of(small_bert("tanh"), inputs).transpose(1, 2, 0)
    np.testing.assert_allclose(logits, expected, atol=1e-5)
