"""BERT as a frozen TensorFlow graph with the tensors of the official one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from torch import nn

from reference_apps.bert.features import LENGTH
from reference_apps.bert.network import HEAD, HIDDEN_FROM, Added, Attention, Bert, Embeddings, Layer
from reference_apps.bert.tensors import GRAPH_INPUTS, GRAPH_OUTPUT
from reference_apps.common.frozen_graph import array, name_of, write_graph


def write(network: Bert, path: Path, *, batch: int | None = None) -> None:
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
