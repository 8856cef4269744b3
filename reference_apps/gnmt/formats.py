"""Names the tensors of GNMT and writes it as ONNX files or frozen TensorFlow graphs: two files
each, an encoder and a decoder step.

Of shapes: n is the number of sentences; rows are partial translations, equally many for each
sentence, those of a sentence adjacent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH
from mlperf_loadgen.harness.cache import cached
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reference_apps.common.frozen_graph import array, name_tensors, write_graph
from reference_apps.common.model import ModelSpec
from reference_apps.common.onnx_file import OPSET, export_with_axes
from reference_apps.gnmt.dataset import END
from reference_apps.gnmt.model import (
    FORGET_BIAS,
    LAYERS,
    RESIDUAL_FROM,
    Decoder,
    Encoder,
    Gnmt,
    LstmCell,
    lstm_cells,
)

CELLS = tuple(f"{part}{layer}" for layer in range(LAYERS) for part in "ch")  # float32 (., units)

ENCODER_INPUTS = (
    "source",  # int64 (n, longest): word ids, anything after the end of a sentence
    "lengths",  # int64 (n): number of words, at least 1
)
ENCODER_OUTPUTS = (
    "values",  # float32 (n, longest, units)
    "keys",  # float32 (n, longest, units)
    *CELLS,
)
DECODER_INPUTS = (
    "words",  # int64 (rows): the last word of each translation
    "parents",  # int64 (rows): the row of context and cells that it extends
    "values",
    "keys",
    "lengths",
    "context",  # float32 (., units): zeros before the first step
    *CELLS,
)
DECODER_OUTPUTS = (
    "log_probs",  # float32 (rows, CHOICES): of the most probable words, best first
    "choices",  # int64 (rows, CHOICES): these words
    "end",  # float32 (rows): the log probability of </s>
    "next_context",  # float32 (rows, units)
    *(f"next_{name}" for name in CELLS),
)

BEAMS = 10  # partial translations kept for each sentence
CHOICES = BEAMS + 1  # one more than BEAMS, since </s> may be among them and is scored apart


def write_onnx_encoder(network: Gnmt, path: Path) -> None:
    """Writes model.Encoder with LSTM operators, which take the length of each sentence."""
    graph = _Graph()
    graph.node("Cast", ["lengths"], ["ends"], to=TensorProto.INT32)
    graph.node("Gather", [graph.weight("embedding", network.source_embedding), "source"], ["words"])
    graph.node("Transpose", ["words"], ["x0"], perm=[1, 0, 2])  # (longest, n, units)
    graph.lstm("x0", [network.forward_cell, network.backward_cell], "both", "both_c", "both_h")
    graph.node("Split", ["both_c"], ["forwards_c", "c0"], axis=0)
    graph.node("Split", ["both_h"], ["forwards_h", "h0"], axis=0)
    graph.node("Transpose", ["both"], ["side_by_side"], perm=[0, 2, 1, 3])
    graph.node("Reshape", ["side_by_side", graph.weight("flat", np.array([0, 0, -1]))], ["x1"])
    last = "x1"
    for layer, cell in enumerate(lstm_cells(network.encoder), start=1):
        outputs = f"outputs{layer}"
        graph.lstm(last, [cell], f"directions{layer}", f"c{layer}", f"h{layer}")
        graph.node("Squeeze", [f"directions{layer}", graph.weight("one", np.array([1]))], [outputs])
        if layer >= RESIDUAL_FROM:
            graph.node("Add", [outputs, last], [f"x{layer + 1}"])
            last = f"x{layer + 1}"
        else:
            last = outputs
    graph.node("Transpose", [last], ["values"], perm=[1, 0, 2])
    kernel = graph.weight("memory_kernel", network.attention.memory_kernel)
    graph.node("MatMul", ["values", kernel], ["keys"])
    graph.save(path, network.units)


def write_onnx_decoder(network: Gnmt, path: Path) -> None:
    """Writes model.Decoder."""
    rows, units = 4, network.units
    one = torch.ones(rows, dtype=torch.int64)
    memory, state = network.encode(torch.zeros(2, 3, dtype=torch.int64), one[:2])
    cells = [tensor.repeat(2, 1) for cell in state.cells for tensor in cell]
    example = (one, one, memory.values, memory.keys, memory.lengths, torch.zeros(rows, units))
    axes: dict[str, dict[int, str]] = {name: {0: "rows"} for name in ("words", "parents")}
    axes |= {name: {0: "n", 1: "longest"} for name in ("values", "keys")}
    axes |= {"lengths": {0: "n"}} | {name: {0: "past"} for name in ("context", *CELLS)}
    export_with_axes(
        Decoder(network, CHOICES),
        (*example, *cells),
        path,
        inputs={name: axes[name] for name in DECODER_INPUTS},
        outputs={name: {0: "rows"} for name in DECODER_OUTPUTS},
    )


class _Graph:
    """Builds the graph of the encoder, node by node."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: dict[str, Any] = {}

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def weight(self, name: str, values: torch.Tensor | NDArray[Any]) -> str:
        """Adds a constant and returns its name."""
        array = values.detach().numpy() if isinstance(values, torch.Tensor) else values
        self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def lstm(self, x: str, cells: list[LstmCell], y: str, c: str, h: str) -> None:
        """Adds a layer of one cell, or of two cells that read forwards and backwards, over x
        (longest, n, .): outputs y (longest, n, directions, units), last states c and h (directions,
        n, units).
        """
        units = len(cells[0].bias) // 4
        kernels = [_gates(cell.kernel.detach().numpy()) for cell in cells]
        biases = [_gates((cell.bias + _forget_bias(units)).detach().numpy()) for cell in cells]
        named = {
            "input": [kernel[:, :-units] for kernel in kernels],
            "recurrent": [kernel[:, -units:] for kernel in kernels],
            "bias": [np.concatenate([bias, np.zeros_like(bias)]) for bias in biases],
        }
        weights = [self.weight(f"{y}_{name}", np.stack(value)) for name, value in named.items()]
        self._nodes.append(
            helper.make_node(
                "LSTM",
                [x, *weights, "ends"],
                [y, h, c],
                hidden_size=units,
                direction="forward" if len(cells) == 1 else "bidirectional",
            )
        )

    def save(self, path: Path, units: int) -> None:
        """Drops the direction axis of the states and writes the file."""
        renamed = {name: f"{name}_of_layer" for name in CELLS}
        for node in self._nodes:
            node.output[:] = [renamed.get(name, name) for name in node.output]
        zero = self.weight("zero", np.array([0]))
        for name, layer in renamed.items():
            self.node("Squeeze", [layer, zero], [name])
        shapes: dict[str, list[str | int]] = {name: ["n", units] for name in CELLS}
        shapes |= {name: ["n", "longest", units] for name in ("values", "keys")}
        sizes: dict[str, list[str | int]] = {"source": ["n", "longest"], "lengths": ["n"]}
        graph = helper.make_graph(
            self._nodes,
            "gnmt_encoder",
            [helper.make_tensor_value_info(n, TensorProto.INT64, sizes[n]) for n in ENCODER_INPUTS],
            [
                helper.make_tensor_value_info(n, TensorProto.FLOAT, shapes[n])
                for n in ENCODER_OUTPUTS
            ],
            list(self._weights.values()),
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def _gates(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turns (..., 4 units), gates in the order of model.py, into (4 units, ...) in the order of
    ONNX: input, output, forget, new value.
    """
    input_gate, new, forget_gate, output_gate = np.split(columns, 4, axis=-1)
    rows = np.concatenate([input_gate, output_gate, forget_gate, new], axis=-1).T
    return np.ascontiguousarray(rows)


def _forget_bias(units: int) -> torch.Tensor:
    added = torch.zeros(4, units)
    added[2] = FORGET_BIAS
    return added.flatten()


def write_graph_encoder(network: Gnmt, path: Path) -> None:
    """Writes model.Encoder."""
    write_graph(path, lambda tf: _encoder(tf, network))


def write_graph_decoder(network: Gnmt, path: Path) -> None:
    """Writes model.Decoder."""
    write_graph(path, lambda tf: _decoder(tf, network))


def _encoder(tf: Any, network: Gnmt) -> None:
    source = tf.compat.v1.placeholder(tf.int64, (None, None), name="source")
    lengths = tf.compat.v1.placeholder(tf.int64, (None,), name="lengths")
    x = tf.gather(array(network.source_embedding), source)
    forwards, _ = _run(tf, network.forward_cell, x, lengths)
    backwards, first = _run(tf, network.backward_cell, tf.reverse_sequence(x, lengths, 1), lengths)
    x = tf.concat([forwards, tf.reverse_sequence(backwards, lengths, 1)], 2)
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
    """Adds LstmCell.run as TensorFlow's BlockLSTM, masked after the end of each sentence."""
    units = len(cell.bias) // 4
    zero_state = tf.zeros((tf.shape(x)[0], units))
    unused = tf.zeros((units,))  # there are no peepholes
    block = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.reduce_max(lengths),
        x=tf.transpose(x, (1, 0, 2)),
        cs_prev=zero_state,
        h_prev=zero_state,
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
    cell_op = tf.raw_ops.LSTMBlockCell(
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
    return cell_op.cs, cell_op.h


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


def _torch_specs(network: Gnmt, key: str) -> tuple[ModelSpec, ModelSpec]:
    del key
    return (
        ModelSpec(Encoder(network), ENCODER_INPUTS, ENCODER_OUTPUTS),
        ModelSpec(Decoder(network, CHOICES), DECODER_INPUTS, DECODER_OUTPUTS),
    )


def _onnx_specs(network: Gnmt, key: str) -> tuple[ModelSpec, ModelSpec]:
    encoder = cached("gnmt-encoder.onnx", key, lambda path: write_onnx_encoder(network, path))
    decoder = cached("gnmt-decoder.onnx", key, lambda path: write_onnx_decoder(network, path))
    return (
        ModelSpec(encoder, ENCODER_INPUTS, ENCODER_OUTPUTS),
        ModelSpec(decoder, DECODER_INPUTS, DECODER_OUTPUTS),
    )


def _graph_specs(network: Gnmt, key: str) -> tuple[ModelSpec, ModelSpec]:
    encoder = cached("gnmt-encoder.pb", key, lambda path: write_graph_encoder(network, path))
    decoder = cached("gnmt-decoder.pb", key, lambda path: write_graph_decoder(network, path))
    return (
        ModelSpec(encoder, _in_graph(ENCODER_INPUTS), _in_graph(ENCODER_OUTPUTS)),
        ModelSpec(decoder, _in_graph(DECODER_INPUTS), _in_graph(DECODER_OUTPUTS)),
    )


def _in_graph(names: Sequence[str]) -> list[str]:
    return [f"{name}:0" for name in names]


# For each format, the encoder and the decoder. key: of the weights; files are made once for each.
FORMATS: Mapping[str, Callable[[Gnmt, str], tuple[ModelSpec, ModelSpec]]] = {
    TORCH: _torch_specs,
    ONNX: _onnx_specs,
    GRAPH: _graph_specs,
}
