"""GNMT as two ONNX files, an encoder and a step of the decoder, with the tensors of tensors.py."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reference_apps.gnmt.network import (
    FORGET_BIAS,
    RESIDUAL_FROM,
    Decoder,
    Gnmt,
    LstmCell,
    lstm_cells,
)
from reference_apps.gnmt.tensors import (
    CELLS,
    CHOICES,
    DECODER_INPUTS,
    DECODER_OUTPUTS,
    ENCODER_INPUTS,
    ENCODER_OUTPUTS,
)

_OPSET = 17


def write_encoder(network: Gnmt, path: Path) -> None:
    """The recurrent layers are LSTM operators, which know where each sentence ends."""
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


def write_decoder(network: Gnmt, path: Path) -> None:
    """As network.Decoder."""
    rows, units = 4, network.units
    one = torch.ones(rows, dtype=torch.int64)
    memory, state = network.encode(torch.zeros(2, 3, dtype=torch.int64), one[:2])
    cells = [tensor.repeat(2, 1) for cell in state.cells for tensor in cell]
    example = (one, one, memory.values, memory.keys, memory.lengths, torch.zeros(rows, units))
    axes: dict[str, dict[int, str]] = {name: {0: "rows"} for name in DECODER_OUTPUTS}
    axes |= {name: {0: "past"} for name in ("context", *CELLS)}
    axes |= {"words": {0: "rows"}, "parents": {0: "rows"}, "lengths": {0: "n"}}
    axes |= {name: {0: "n", 1: "longest"} for name in ("values", "keys")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        torch.onnx.export(
            Decoder(network, CHOICES).eval(),
            (*example, *cells),
            str(path),
            input_names=list(DECODER_INPUTS),
            output_names=list(DECODER_OUTPUTS),
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


class _Graph:
    """The encoder, node by node."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: dict[str, Any] = {}

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def weight(self, name: str, values: torch.Tensor | NDArray[Any]) -> str:
        """Its name."""
        array = values.detach().numpy() if isinstance(values, torch.Tensor) else values
        self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def lstm(self, x: str, cells: list[LstmCell], y: str, c: str, h: str) -> None:
        """One cell, or one that reads forwards and one that reads backwards: y (longest, n,
        directions, units) of x (longest, n, .), c and h (directions, n, units).
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
        """The states lose their axis of directions."""
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
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def _gates(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 4 units), gates in our order, to (4 units, ...) in that of ONNX: input, output, forget,
    new value.
    """
    enter, new, forget, leave = np.split(columns, 4, axis=-1)
    return np.ascontiguousarray(np.concatenate([enter, leave, forget, new], axis=-1).T)


def _forget_bias(units: int) -> torch.Tensor:
    added = torch.zeros(4, units)
    added[2] = FORGET_BIAS
    return added.flatten()
