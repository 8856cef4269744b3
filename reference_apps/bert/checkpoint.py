"""A BERT from a PyTorch file such as model.pytorch."""

from __future__ import annotations

from pathlib import Path

from mlperf_loadgen.harness.untrusted import FileError
from torch import Tensor

from reference_apps.bert.features import LENGTH
from reference_apps.bert.network import HEAD, Bert, Size
from reference_apps.common.checkpoint import weights, with_weights

_EMBEDDINGS = "bert.embeddings."
_LAYER = "bert.encoder.layer."
_NOT_USED = ("bert.pooler.", f"{_EMBEDDINGS}position_ids")


def load(path: Path, *, gelu: str = "erf") -> Bert:
    """The network, in evaluation mode, with the weights in the file, which have the names of
    Hugging Face's BertForQuestionAnswering; it is as large as they are.

    Raises FileError naming the file and what does not fit.
    """
    state = {
        name.replace(".gamma", ".weight").replace(".beta", ".bias"): tensor
        for name, tensor in weights(path).items()
        if not name.startswith(_NOT_USED)
    }
    return with_weights(Bert(_size(path, state), gelu=gelu), state, path)


def _size(path: Path, state: dict[str, Tensor]) -> Size:
    def shape(name: str) -> tuple[int, int]:
        if name not in state or state[name].ndim != 2:
            raise FileError(f"{path} is no BERT for questions: it has no matrix {name}")
        rows, columns = state[name].shape
        return rows, columns

    words, hidden = shape(f"{_EMBEDDINGS}word_embeddings.weight")
    positions, _ = shape(f"{_EMBEDDINGS}position_embeddings.weight")
    segments, _ = shape(f"{_EMBEDDINGS}token_type_embeddings.weight")
    intermediate, _ = shape(f"{_LAYER}0.intermediate.dense.weight")
    if hidden % HEAD:
        raise FileError(f"{path}: {hidden} numbers a token do not make heads of {HEAD}")
    if positions < LENGTH:
        raise FileError(f"{path} has {positions} positions, an input has {LENGTH}")
    layers = {name.removeprefix(_LAYER).split(".")[0] for name in state if name.startswith(_LAYER)}
    return Size(words, positions, segments, hidden, intermediate, len(layers))
