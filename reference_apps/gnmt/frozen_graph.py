"""GNMT as two frozen TensorFlow graphs, an encoder and a step of the decoder, with the tensors of
tensors.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference_apps.common.frozen_graph import array, name_tensors, write_graph
from reference_apps.gnmt.network import END, FORGET_BIAS, RESIDUAL_FROM, Gnmt, LstmCell, lstm_cells
from reference_apps.gnmt.tensors import (
    CELLS,
    CHOICES,
    DECODER_OUTPUTS,
    ENCODER_OUTPUTS,
)


def write_encoder(network: Gnmt, path: Path) -> None:
    """Word ids as network.Encoder."""
    write_graph(path, lambda tf: _encoder(tf, network))


def write_decoder(network: Gnmt, path: Path) -> None:
    """As network.Decoder."""
    write_graph(path, lambda tf: _decoder(tf, network))


def _encoder(tf: Any, network: Gnmt) -> None:
    source = tf.compat.v1.placeholder(tf.int64, (None, None), name="source")
    lengths = tf.compat.v1.placeholder(tf.int64, (None,), name="lengths")
    x = tf.gather(array(network.source_embedding), source)
    forwards, _ = _run(tf, network.forward_cell, x, lengths)
    turned, first = _run(tf, network.backward_cell, tf.reverse_sequence(x, lengths, 1), lengths)
    x = tf.concat([forwards, tf.reverse_sequence(turned, lengths, 1)], 2)
    states = [*first]
    for layer, cell in enumerate(lstm_cells(network.encoder), start=1):
        outputs, state = _run(tf, cell, x, lengths)
        x = outputs + x if layer >= RESIDUAL_FROM else outputs
        states += state
    keys = tf.einsum("nlu,uk->nlk", x, array(network.attention.memory_kernel))
    name_tensors(tf, [x, keys, *states], ENCODER_OUTPUTS)


def _decoder(tf: Any, network: Gnmt) -> None:
    units = network.units

    def floats(name: str, *shape: int | None) -> Any:
        return tf.compat.v1.placeholder(tf.float32, (*shape, units), name=name)

    def ids(name: str) -> Any:
        return tf.compat.v1.placeholder(tf.int64, (None,), name=name)

    words, parents = ids("words"), ids("parents")
    values, keys, lengths = floats("values", None, None), floats("keys", None, None), ids("lengths")
    context, *states = (tf.gather(floats(name, None), parents) for name in ("context", *CELLS))
    x = tf.concat([tf.gather(array(network.target_embedding), words), context], 1)
    after = []
    for layer, cell in enumerate(lstm_cells(network.decoder)):
        c, h = _step(tf, cell, x, *states[2 * layer : 2 * layer + 2])
        after += [c, h]
        if layer == 0:
            context = _attend(tf, network, h, values, keys, lengths)
            lower = h
        else:
            lower = h + lower if layer >= RESIDUAL_FROM else h
        x = tf.concat([lower, context], 1)
    log_probs = tf.nn.log_softmax(lower @ array(network.projection))
    best, choices = tf.math.top_k(log_probs, CHOICES)
    chosen = [best, tf.cast(choices, tf.int64), log_probs[:, END]]
    name_tensors(tf, [*chosen, context, *after], DECODER_OUTPUTS)


def _run(tf: Any, cell: LstmCell, x: Any, lengths: Any) -> tuple[Any, list[Any]]:
    """As LstmCell.run: TensorFlow's own block of steps, cut where the sentences end."""
    units = len(cell.bias) // 4
    nothing = tf.zeros((tf.shape(x)[0], units))
    unused = tf.zeros((units,))  # there are no peepholes
    block = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.reduce_max(lengths),
        x=tf.transpose(x, (1, 0, 2)),
        cs_prev=nothing,
        h_prev=nothing,
        w=array(cell.kernel),
        wci=unused,
        wcf=unused,
        wco=unused,
        b=array(cell.bias),
        forget_bias=FORGET_BIAS,
        cell_clip=-1,
    )
    within = tf.sequence_mask(lengths, tf.shape(x)[1], tf.float32)[:, :, None]
    c, h = tf.transpose(block.cs, (1, 0, 2)), tf.transpose(block.h, (1, 0, 2))
    last = lengths - 1
    return h * within, [tf.gather(c, last, batch_dims=1), tf.gather(h, last, batch_dims=1)]


def _step(tf: Any, cell: LstmCell, x: Any, c: Any, h: Any) -> tuple[Any, Any]:
    unused = tf.zeros((len(cell.bias) // 4,))
    made = tf.raw_ops.LSTMBlockCell(
        x=x,
        cs_prev=c,
        h_prev=h,
        w=array(cell.kernel),
        wci=unused,
        wcf=unused,
        wco=unused,
        b=array(cell.bias),
        forget_bias=FORGET_BIAS,
        cell_clip=-1,
    )
    return made.cs, made.h


def _attend(tf: Any, network: Gnmt, h: Any, values: Any, keys: Any, lengths: Any) -> Any:
    attention = network.attention
    sentences, longest = tf.shape(keys)[0], tf.shape(keys)[1]
    query = tf.reshape(h @ array(attention.query_kernel), (sentences, -1, 1, network.units))
    matched = tf.tanh(keys[:, None] + query + array(attention.b))
    v = array(attention.g * attention.v / attention.v.norm())
    scores = tf.reduce_sum(matched * v, -1)
    within = tf.sequence_mask(lengths, longest)[:, None]
    weights = tf.nn.softmax(tf.where(within, scores, float("-inf")))
    return tf.reshape(weights @ values, (-1, network.units))
