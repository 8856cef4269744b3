"""Writes BERT as ONNX files and as a frozen TensorFlow graph, with the official tensor names."""

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

from reference_apps.bert.model import (
    HEAD_SIZE,
    MASKED,
    Bert,
    DenseAddNorm,
    Embeddings,
    Layer,
    SelfAttention,
)
from reference_apps.bert.processing import SEQUENCE_LENGTH
from reference_apps.common.frozen_graph import array, name_of, write_graph
from reference_apps.common.onnx_file import export

# Inputs are token ids, attention mask and token types; outputs are the logits of begin and end.
ONNX_INPUTS = ("input_ids", "input_mask", "segment_ids")
ONNX_OUTPUTS = ("output_start_logits", "output_end_logits")
TORCH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
QUANTIZED_ONNX_INPUTS = TORCH_INPUTS
GRAPH_INPUTS = ("input_ids:0", "input_mask:0", "segment_ids:0")
GRAPH_OUTPUT = "logits:0"


def write_onnx(network: Bert, path: Path) -> None:
    """Writes an ONNX file with inputs int64 (n, 384) and outputs float32 (n, 384)."""
    _write_onnx(network, path, ONNX_INPUTS)


def write_quantized_onnx(network: Bert, path: Path, examples: NDArray[Any]) -> None:
    """Writes an ONNX file with int8 matrix products and the tensor names of the quantized file.

    examples: inputs (n, 3, 384), from which the ranges of the activations are calibrated.
    """
    quantization = require("onnxruntime.quantization")

    class Examples(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self._remaining = iter(examples.astype("int64"))

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            rows = next(self._remaining, None)
            if rows is None:
                return None
            return {name: row[None] for name, row in zip(QUANTIZED_ONNX_INPUTS, rows, strict=True)}

    with tempfile.TemporaryDirectory() as folder:
        float32 = Path(folder, "float32.onnx")
        _write_onnx(network, float32, QUANTIZED_ONNX_INPUTS)
        quantization.quantize_static(
            float32,
            path,
            Examples(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul"],
        )


def _write_onnx(network: Bert, path: Path, inputs: Sequence[str]) -> None:
    example = torch.zeros(1, SEQUENCE_LENGTH, dtype=torch.int64)
    export(network, (example, torch.ones_like(example), example), path, inputs, ONNX_OUTPUTS)


def write_frozen_graph(network: Bert, path: Path, *, batch: int | None = None) -> None:
    """Writes a frozen graph with inputs int32 (n, 384) and output float32 (n, 384, 2).

    GELU is approximated by tanh, as in TensorFlow's BERT. batch: a fixed n; it is 1 in the official
    file.
    """
    write_graph(path, lambda tf: _build_graph(tf, network, batch))


def _build_graph(tf: Any, network: Bert, batch: int | None) -> None:
    tokens, mask, token_types = (
        tf.compat.v1.placeholder(tf.int32, (batch, SEQUENCE_LENGTH), name=name_of(name))
        for name in GRAPH_INPUTS
    )
    attention_bias = (1 - tf.cast(mask, tf.float32)[:, None, None, :]) * MASKED
    x = _embeddings(tf, network.bert.embeddings, tokens, token_types)
    for layer in network.layers():
        x = _layer(tf, layer, x, attention_bias)
    tf.identity(_dense(tf, network.qa_outputs, x), name=name_of(GRAPH_OUTPUT))


def _embeddings(tf: Any, module: Embeddings, tokens: Any, token_types: Any) -> Any:
    x = tf.gather(array(module.word_embeddings.weight), tokens)
    x += tf.gather(array(module.token_type_embeddings.weight), token_types)
    x += array(module.position_embeddings.weight)[:SEQUENCE_LENGTH]
    return _layer_norm(tf, module.LayerNorm, x)


def _layer(tf: Any, module: Layer, x: Any, attention_bias: Any) -> Any:
    attention = _self_attention(tf, module.attention.self, x, attention_bias)
    x = _dense_add_norm(tf, module.attention.output, attention, x)
    wide = tf.nn.gelu(_dense(tf, module.intermediate.dense, x), approximate=True)
    return _dense_add_norm(tf, module.output, wide, x)


def _self_attention(tf: Any, module: SelfAttention, x: Any, attention_bias: Any) -> Any:
    hidden = module.query.out_features

    def heads(dense: nn.Linear) -> Any:
        shape = (-1, SEQUENCE_LENGTH, hidden // HEAD_SIZE, HEAD_SIZE)
        return tf.transpose(tf.reshape(_dense(tf, dense, x), shape), (0, 2, 1, 3))

    scores = tf.matmul(heads(module.query), heads(module.key), transpose_b=True)
    weights = tf.nn.softmax(scores / math.sqrt(HEAD_SIZE) + attention_bias)
    values = tf.matmul(weights, heads(module.value))
    return tf.reshape(tf.transpose(values, (0, 2, 1, 3)), (-1, SEQUENCE_LENGTH, hidden))


def _dense_add_norm(tf: Any, module: DenseAddNorm, x: Any, residual: Any) -> Any:
    return _layer_norm(tf, module.LayerNorm, _dense(tf, module.dense, x) + residual)


def _dense(tf: Any, module: nn.Linear, x: Any) -> Any:
    return tf.matmul(x, array(module.weight.T)) + array(module.bias)


def _layer_norm(tf: Any, module: nn.LayerNorm, x: Any) -> Any:
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    scale, offset = array(module.weight), array(module.bias)
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, module.eps)
