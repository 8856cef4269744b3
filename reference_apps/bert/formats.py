"""BERT as ONNX files and as a frozen TensorFlow graph, with the tensors of the official ones."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray
from torch import nn

from reference_apps.bert.model import HEAD, HIDDEN_FROM, Added, Attention, Bert, Embeddings, Layer
from reference_apps.bert.processing import LENGTH
from reference_apps.common.frozen_graph import array, name_of, write_graph
from reference_apps.common.onnx_file import export

ONNX_INPUTS = ("input_ids", "input_mask", "segment_ids")
ONNX_OUTPUTS = ("output_start_logits", "output_end_logits")
TORCH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")  # the quantized ONNX file, too
GRAPH_INPUTS = ("input_ids:0", "input_mask:0", "segment_ids:0")
GRAPH_OUTPUT = "logits:0"


def write_onnx(network: Bert, path: Path) -> None:
    """Inputs int64 (n, 384), outputs float32 (n, 384)."""
    _write_onnx(network, path, ONNX_INPUTS)


def write_quantized_onnx(network: Bert, path: Path, examples: NDArray[Any]) -> None:
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
        _write_onnx(network, exact, TORCH_INPUTS)
        quantization.quantize_static(
            exact,
            path,
            Examples(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul"],
        )


def _write_onnx(network: Bert, path: Path, inputs: Sequence[str]) -> None:
    example = torch.zeros(1, LENGTH, dtype=torch.int64)
    export(network, (example, torch.ones_like(example), example), path, inputs, ONNX_OUTPUTS)


def write_frozen_graph(network: Bert, path: Path, *, batch: int | None = None) -> None:
    """Inputs int32 (n, 384), output float32 (n, 384, 2); GELU by tanh, as TensorFlow's BERT has it.
    batch: n, where it is fixed, as it is 1 in the official file.
    """
    write_graph(path, lambda tf: _build(tf, network, batch))


def _build(tf: Any, network: Bert, batch: int | None) -> None:
    pieces, there, segments = (
        tf.compat.v1.placeholder(tf.int32, (batch, LENGTH), name=name_of(name))
        for name in GRAPH_INPUTS
    )
    mask = (1 - tf.cast(there, tf.float32)[:, None, None, :]) * HIDDEN_FROM
    x = _embedded(tf, network.bert.embeddings, pieces, segments)
    for layer in network.layers():
        x = _through(tf, layer, x, mask)
    tf.identity(_dense(tf, network.qa_outputs, x), name=name_of(GRAPH_OUTPUT))


def _embedded(tf: Any, layer: Embeddings, pieces: Any, segments: Any) -> Any:
    x = tf.gather(array(layer.word_embeddings.weight), pieces)
    x += tf.gather(array(layer.token_type_embeddings.weight), segments)
    return _normal(tf, layer.LayerNorm, x + array(layer.position_embeddings.weight)[:LENGTH])


def _through(tf: Any, layer: Layer, x: Any, mask: Any) -> Any:
    x = _added(tf, layer.attention.output, _attention(tf, layer.attention.self, x, mask), x)
    wide = tf.nn.gelu(_dense(tf, layer.intermediate.dense, x), approximate=True)
    return _added(tf, layer.output, wide, x)


def _attention(tf: Any, layer: Attention, x: Any, mask: Any) -> Any:
    hidden = layer.query.out_features

    def heads(dense: nn.Linear) -> Any:
        apart = tf.reshape(_dense(tf, dense, x), (-1, LENGTH, hidden // HEAD, HEAD))
        return tf.transpose(apart, (0, 2, 1, 3))

    near = tf.matmul(heads(layer.query), heads(layer.key), transpose_b=True) / math.sqrt(HEAD)
    seen = tf.matmul(tf.nn.softmax(near + mask), heads(layer.value))
    return tf.reshape(tf.transpose(seen, (0, 2, 1, 3)), (-1, LENGTH, hidden))


def _added(tf: Any, layer: Added, x: Any, to: Any) -> Any:
    return _normal(tf, layer.LayerNorm, _dense(tf, layer.dense, x) + to)


def _dense(tf: Any, layer: nn.Linear, x: Any) -> Any:
    return tf.matmul(x, array(layer.weight.T)) + array(layer.bias)


def _normal(tf: Any, layer: nn.LayerNorm, x: Any) -> Any:
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    scale, offset = array(layer.weight), array(layer.bias)
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, layer.eps)
