"""The official TensorFlow checkpoint, by the names of its variables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.untrusted import FileError
from torch import Tensor

from reference_apps.gnmt.network import LAYERS, Gnmt

_ENCODER = "dynamic_seq2seq/encoder"
_DECODER = "dynamic_seq2seq/decoder"
_ATTENTION = f"{_DECODER}/multi_rnn_cell/cell_0_attention/attention"


def _cell(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.{part}": f"{theirs}/basic_lstm_cell/{part}" for part in ("kernel", "bias")}


# Names of the network's parameters, and of the checkpoint's variables, whose values are the same.
VARIABLES = {
    "source_embedding": "embeddings/encoder/embedding_encoder",
    "target_embedding": "embeddings/decoder/embedding_decoder",
    **_cell("forward_cell", f"{_ENCODER}/bidirectional_rnn/fw"),
    **_cell("backward_cell", f"{_ENCODER}/bidirectional_rnn/bw"),
    "attention.memory_kernel": f"{_DECODER}/memory_layer/kernel",
    "attention.query_kernel": f"{_ATTENTION}/bahdanau_attention/query_layer/kernel",
    **{f"attention.{x}": f"{_ATTENTION}/bahdanau_attention/attention_{x}" for x in "vgb"},
    **_cell("decoder.0", _ATTENTION),
    "projection": f"{_DECODER}/output_projection/kernel",
}
for _layer in range(1, LAYERS):
    VARIABLES |= _cell(f"encoder.{_layer - 1}", f"{_ENCODER}/rnn/multi_rnn_cell/cell_{_layer - 1}")
    VARIABLES |= _cell(f"decoder.{_layer}", f"{_DECODER}/multi_rnn_cell/cell_{_layer}")


def files(path: Path) -> list[Path]:
    """The files of the checkpoint that `path` names: translate.ckpt, or one of its files, which
    have more behind that. Raises FileNotFoundError, also where its data are missing.
    """
    name = path.name
    for ending in (".index", ".meta"):
        name = name.removesuffix(ending)
    name = name.partition(".data-")[0]
    found = [path.parent / f"{name}.index", *sorted(path.parent.glob(f"{name}.data-*"))]
    if not found[0].is_file() or len(found) < 2:
        raise FileNotFoundError(
            f"{path}: a checkpoint is {name}.index and {name}.data-00000-of-00001, side by side"
        )
    return found


def read_checkpoint(path: Path, source_words: int, target_words: int) -> Gnmt:
    """The network in evaluation mode. Its width is that of the variables; words: of the
    vocabularies.

    Raises ModuleNotFoundError without TensorFlow, FileNotFoundError as `files`, and FileError
    naming the file and the variable that is missing or has another shape.
    """
    prefix = files(path)[0].with_suffix("")
    tf = require("tensorflow", "tensorflow")
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        shapes = reader.get_variable_to_shape_map()
    except Exception as error:  # of TensorFlow: there is no common class
        raise FileError(f"{path} is no TensorFlow checkpoint: {error}") from None
    missing = sorted(set(VARIABLES.values()) - set(shapes))
    if missing:
        raise FileError(f"{path} is no GNMT with {LAYERS} layers: it has no {missing[0]}")
    units = shapes[VARIABLES["attention.v"]][0]
    with torch.device("meta"):
        network = Gnmt(source_words, target_words, units)
    state: dict[str, Tensor] = {}
    for ours, expected in network.state_dict().items():
        name = VARIABLES[ours]
        if shapes[name] != list(expected.shape):
            raise FileError(
                f"{path}: {name} has shape {shapes[name]}, with these vocabularies it would be "
                f"{list(expected.shape)}"
            )
        state[ours] = torch.from_numpy(np.asarray(reader.get_tensor(name), np.float32))
    network.load_state_dict(state, assign=True)
    return network.eval()
