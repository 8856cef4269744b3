"""Defines GNMT with four layers as a torch module, and reads its weights from the checkpoint.

Yonghui Wu et al., Google's Neural Machine Translation System, 2016, in the variant "gnmt_v2": the
attention context of a step feeds the upper layers of the same step. Weights have the layout of the
TensorFlow checkpoint: kernels are (inputs, outputs), gates are in the order input, new value,
forget, output, and 1 is added to the forget gate at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn

from reference_apps.gnmt.dataset import END

UNITS = 1024
LAYERS = 4
RESIDUAL_FROM = 2  # the index, from 0, of the first layer whose input is added to its output
FORGET_BIAS = 1.0

Cell = tuple[Tensor, Tensor]  # the cell state c and the last output h, each (rows, units)


@dataclass(frozen=True)
class Memory:
    """Holds the encoded source sentences for the attention."""

    values: Tensor  # (n, longest, units), 0 after the end of a sentence
    keys: Tensor  # (n, longest, units)
    lengths: Tensor  # int64 (n)


@dataclass(frozen=True)
class State:
    """Holds the state of the decoder, one row per partial translation."""

    context: Tensor  # (rows, units): the last output of the attention
    cells: Sequence[Cell]  # one per layer


class LstmCell(nn.Module):
    """Implements a basic LSTM cell."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(_uniform(inputs + units, 4 * units))
        self.bias = nn.Parameter(torch.zeros(4 * units))

    def forward(self, x: Tensor, cell: Cell) -> Cell:
        return self.gates(torch.cat([x, cell[1]], 1) @ self.kernel + self.bias, cell[0])

    def run(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Cell]:
        """Runs over x (n, longest, inputs) from a zero state. Returns the outputs (n, longest,
        units), 0 after the end of each sentence, and the state at that end.
        """
        inputs = x.shape[2]
        from_inputs = x @ self.kernel[:inputs] + self.bias
        c = h = x.new_zeros(len(x), len(self.bias) // 4)
        outputs = []
        for place in range(x.shape[1]):
            within = (place < lengths)[:, None]
            new_c, new_h = self.gates(from_inputs[:, place] + h @ self.kernel[inputs:], c)
            c, h = torch.where(within, new_c, c), torch.where(within, new_h, h)
            outputs.append(h * within)
        return torch.stack(outputs, 1), (c, h)

    @staticmethod
    def gates(sums: Tensor, c: Tensor) -> Cell:
        """Returns the next state, from the sums before the gates, (n, 4 units)."""
        input_gate, new, forget_gate, output_gate = sums.chunk(4, 1)
        kept = c * torch.sigmoid(forget_gate + FORGET_BIAS)
        c = kept + torch.sigmoid(input_gate) * torch.tanh(new)
        return c, torch.tanh(c) * torch.sigmoid(output_gate)


class Attention(nn.Module):
    """Implements normalised Bahdanau attention."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.memory_kernel = nn.Parameter(_uniform(units, units))
        self.query_kernel = nn.Parameter(_uniform(units, units))
        self.v = nn.Parameter(_uniform(units, 1)[:, 0])
        self.g = nn.Parameter(torch.tensor(units**-0.5))
        self.b = nn.Parameter(torch.zeros(units))

    def forward(self, query: Tensor, memory: Memory) -> Tensor:
        """Returns the context, (rows, units), for a query (rows, units). The rows of a sentence are
        adjacent.
        """
        sentences, longest, units = memory.keys.shape
        queries = (query @ self.query_kernel).view(sentences, -1, 1, units)
        matched = torch.tanh(memory.keys[:, None] + queries + self.b)
        scores = matched @ (self.g * self.v / self.v.norm())  # (sentences, rows of each, longest)
        places = torch.arange(longest, device=query.device)
        after_end = places >= memory.lengths[:, None, None]
        weights = scores.masked_fill(after_end, -torch.inf).softmax(-1)
        context: Tensor = (weights @ memory.values).view(-1, units)
        return context


class Gnmt(nn.Module):
    """Encodes a batch of sentences, and decodes translations step by step."""

    def __init__(self, source_words: int, target_words: int, units: int = UNITS) -> None:
        super().__init__()
        self.units = units
        self.source_embedding = nn.Parameter(_uniform(source_words, units))
        self.target_embedding = nn.Parameter(_uniform(target_words, units))
        self.forward_cell = LstmCell(units, units)
        self.backward_cell = LstmCell(units, units)
        self.encoder = nn.ModuleList(
            LstmCell(inputs, units) for inputs in (2 * units, *[units] * (LAYERS - 2))
        )
        self.attention = Attention(units)
        self.decoder = nn.ModuleList(LstmCell(2 * units, units) for _ in range(LAYERS))
        self.projection = nn.Parameter(_uniform(units, target_words))

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory, State]:
        """Encodes sentences. source: word ids, int64 (n, longest), anything after the end of a
        sentence. lengths: number of words, int64 (n), at least 1. The state has one row per
        sentence.
        """
        x = self.source_embedding[source]
        reversal = _reversal(lengths, source.shape[1])[:, :, None]
        forwards, _ = self.forward_cell.run(x, lengths)
        backwards, first = self.backward_cell.run(x.gather(1, reversal.expand_as(x)), lengths)
        backwards = backwards.gather(1, reversal.expand_as(backwards))
        x, cells = torch.cat([forwards, backwards], 2), [first]
        for layer, cell in enumerate(lstm_cells(self.encoder), start=1):
            outputs, last = cell.run(x, lengths)
            x = outputs + x if layer >= RESIDUAL_FROM else outputs
            cells.append(last)
        memory = Memory(x, x @ self.attention.memory_kernel, lengths)
        return memory, State(x.new_zeros(len(x), self.units), cells)

    def step(self, words: Tensor, state: State, memory: Memory) -> tuple[Tensor, State]:
        """Returns logits for the next word of each row, (rows, target words), given the last one,
        int64 (rows). Each sentence of the memory has the same number of rows, adjacent.
        """
        x = torch.cat([self.target_embedding[words], state.context], 1)
        first, *upper = lstm_cells(self.decoder)
        cells = [first(x, state.cells[0])]
        x = cells[0][1]
        context = self.attention(x, memory)
        for layer, cell in enumerate(upper, start=1):
            c, h = cell(torch.cat([x, context], 1), state.cells[layer])
            cells.append((c, h))
            x = h + x if layer >= RESIDUAL_FROM else h
        return x @ self.projection, State(context, cells)


class Encoder(nn.Module):
    """Wraps the encoder as a module from formats.ENCODER_INPUTS to ENCODER_OUTPUTS."""

    def __init__(self, network: Gnmt) -> None:
        super().__init__()
        self.network = network

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        memory, state = self.network.encode(source, lengths)
        return memory.values, memory.keys, *(tensor for cell in state.cells for tensor in cell)


class Decoder(nn.Module):
    """Wraps a decoder step, which also proposes the next words, as a module from
    formats.DECODER_INPUTS to DECODER_OUTPUTS.
    """

    def __init__(self, network: Gnmt, choices: int) -> None:
        """choices: how many words to propose for each row."""
        super().__init__()
        self.network = network
        self.choices = choices

    def forward(
        self,
        words: Tensor,
        parents: Tensor,
        values: Tensor,
        keys: Tensor,
        lengths: Tensor,
        context: Tensor,
        *cells: Tensor,
    ) -> tuple[Tensor, ...]:
        rows = [tensor[parents] for tensor in cells]
        state = State(context[parents], list(zip(rows[::2], rows[1::2], strict=True)))
        logits, state = self.network.step(words, state, Memory(values, keys, lengths))
        log_probs = logits.log_softmax(1)
        best, choices = log_probs.topk(self.choices)
        cells_after = (tensor for cell in state.cells for tensor in cell)
        return best, choices, log_probs[:, END], state.context, *cells_after


def lstm_cells(layers: nn.ModuleList) -> list[LstmCell]:
    """Returns the cells of an encoder's or a decoder's layers."""
    return [cell for cell in layers if isinstance(cell, LstmCell)]


def _reversal(lengths: Tensor, longest: int) -> Tensor:
    """Returns indices (n, longest) that reverse each sentence and leave its padding in place."""
    places = torch.arange(longest, device=lengths.device)
    return torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)


def _uniform(rows: int, columns: int) -> Tensor:
    """Returns weights drawn uniformly from -0.1 to 0.1, as training initialises them."""
    return torch.empty(rows, columns).uniform_(-0.1, 0.1)


_ENCODER = "dynamic_seq2seq/encoder"
_DECODER = "dynamic_seq2seq/decoder"
_ATTENTION = f"{_DECODER}/multi_rnn_cell/cell_0_attention/attention"


def _cell_variables(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.{part}": f"{theirs}/basic_lstm_cell/{part}" for part in ("kernel", "bias")}


# The checkpoint's variable for each parameter of the network.
VARIABLES = {
    "source_embedding": "embeddings/encoder/embedding_encoder",
    "target_embedding": "embeddings/decoder/embedding_decoder",
    **_cell_variables("forward_cell", f"{_ENCODER}/bidirectional_rnn/fw"),
    **_cell_variables("backward_cell", f"{_ENCODER}/bidirectional_rnn/bw"),
    "attention.memory_kernel": f"{_DECODER}/memory_layer/kernel",
    "attention.query_kernel": f"{_ATTENTION}/bahdanau_attention/query_layer/kernel",
    **{f"attention.{x}": f"{_ATTENTION}/bahdanau_attention/attention_{x}" for x in "vgb"},
    **_cell_variables("decoder.0", _ATTENTION),
    "projection": f"{_DECODER}/output_projection/kernel",
}
for _layer in range(1, LAYERS):
    VARIABLES |= _cell_variables(
        f"encoder.{_layer - 1}", f"{_ENCODER}/rnn/multi_rnn_cell/cell_{_layer - 1}"
    )
    VARIABLES |= _cell_variables(f"decoder.{_layer}", f"{_DECODER}/multi_rnn_cell/cell_{_layer}")


def checkpoint_files(path: Path) -> list[Path]:
    """Returns the files of a checkpoint. path: its prefix, such as translate.ckpt, or one of its
    files. Raises FileNotFoundError, also if only its index is there.
    """
    name = path.name
    for ending in (".index", ".meta"):
        name = name.removesuffix(ending)
    name = name.partition(".data-")[0]
    found = [path.parent / f"{name}.index", *sorted(path.parent.glob(f"{name}.data-*"))]
    if not found[0].is_file() or len(found) < 2:
        raise FileNotFoundError(
            f"{path}: a checkpoint must have {name}.index and {name}.data-00000-of-00001"
        )
    return found


def read_checkpoint(path: Path, source_words: int, target_words: int) -> Gnmt:
    """Returns the network in evaluation mode, its width taken from the variables. source_words,
    target_words: the sizes of the vocabularies.

    Raises ModuleNotFoundError without TensorFlow, FileNotFoundError as `checkpoint_files`, and
    FileError naming the file and the variable that is missing or has another shape.
    """
    prefix = checkpoint_files(path)[0].with_suffix("")
    tf = require("tensorflow", "tensorflow")
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        shapes = reader.get_variable_to_shape_map()
    except Exception as error:  # of TensorFlow: there is no common class
        raise FileError(f"{path} is not a TensorFlow checkpoint: {error}") from None
    missing = sorted(set(VARIABLES.values()) - set(shapes))
    if missing:
        raise FileError(
            f"{path} is not a GNMT with {LAYERS} layers: variable {missing[0]} is missing"
        )
    units = shapes[VARIABLES["attention.v"]][0]
    with torch.device("meta"):
        network = Gnmt(source_words, target_words, units)
    state: dict[str, Tensor] = {}
    for ours, expected in network.state_dict().items():
        name = VARIABLES[ours]
        if shapes[name] != list(expected.shape):
            raise FileError(
                f"{path}: {name} has shape {shapes[name]}, but these vocabularies need "
                f"{list(expected.shape)}"
            )
        state[ours] = torch.from_numpy(np.asarray(reader.get_tensor(name), np.float32))
    network.load_state_dict(state, assign=True)
    return network.eval()
