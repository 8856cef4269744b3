"""BERT with a head that finds answers, as a torch module with the names of Hugging Face's weights,
and how it is loaded from a PyTorch file such as model.pytorch.

Jacob Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding, 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.untrusted import FileError
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.bert.processing import LENGTH
from reference_apps.common.checkpoint import weights, with_weights

HEAD = 64  # numbers of a token in a head of attention
HIDDEN_FROM = -10_000.0  # added to the attention to padding


@dataclass(frozen=True)
class Size:
    """How large a BERT is; of BERT-Large, unless it is said."""

    words: int = 30_522
    positions: int = 512
    segments: int = 2
    hidden: int = 1024
    intermediate: int = 4096
    layers: int = 24


LARGE = Size()


class Bert(nn.Module):
    """Numbers of pieces, 1 where there is one, segments, all int64 (n, length), to the logits that
    an answer begins and ends at each, both float32 (n, length).

    gelu: "erf", as it is defined, or "tanh", nearly the same, as TensorFlow's BERT has it.
    """

    def __init__(self, size: Size = LARGE, *, gelu: str = "erf") -> None:
        super().__init__()
        self.size = size
        self.bert = _Bert(size, nn.GELU("tanh" if gelu == "tanh" else "none"))
        self.qa_outputs = nn.Linear(size.hidden, 2)

    def layers(self) -> list[Layer]:
        """From the first to the last."""
        return [layer for layer in self.bert.encoder.layer if isinstance(layer, Layer)]

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        x = self.bert.embeddings(input_ids, token_type_ids)
        mask = (1 - attention_mask[:, None, None, :].to(x.dtype)) * HIDDEN_FROM
        for layer in self.layers():
            x = layer(x, mask)
        begin, end = self.qa_outputs(x).unbind(dim=-1)
        return begin, end


class _Bert(nn.Module):
    def __init__(self, size: Size, gelu: nn.Module) -> None:
        super().__init__()
        self.embeddings = Embeddings(size)
        self.encoder = _Encoder(size, gelu)


class _Encoder(nn.Module):
    def __init__(self, size: Size, gelu: nn.Module) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(size, gelu) for _ in range(size.layers))


class Embeddings(nn.Module):
    """The sum of what stands for a piece, its position and its segment."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(size.words, size.hidden)
        self.position_embeddings = nn.Embedding(size.positions, size.hidden)
        self.token_type_embeddings = nn.Embedding(size.segments, size.hidden)
        self.LayerNorm = _norm(size)

    def forward(self, pieces: Tensor, segments: Tensor) -> Tensor:
        x = self.word_embeddings(pieces) + self.token_type_embeddings(segments)
        x = x + self.position_embeddings.weight[: pieces.shape[1]]
        normal: Tensor = self.LayerNorm(x)
        return normal


class Layer(nn.Module):
    """Attention, then two dense layers; each is added to what it is given."""

    def __init__(self, size: Size, gelu: nn.Module) -> None:
        super().__init__()
        self.attention = _Attending(size)
        self.intermediate = _Intermediate(size)
        self.output = Added(size.intermediate, size)
        self.gelu = gelu

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        made: Tensor = self.output(self.gelu(self.intermediate.dense(x)), x)
        return made


class _Attending(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.self = Attention(size)
        self.output = Added(size.hidden, size)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        made: Tensor = self.output(self.self(x, mask), x)
        return made


class _Intermediate(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.dense = nn.Linear(size.hidden, size.intermediate)


class Attention(nn.Module):
    """Of each token to all, in heads."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.query = nn.Linear(size.hidden, size.hidden)
        self.key = nn.Linear(size.hidden, size.hidden)
        self.value = nn.Linear(size.hidden, size.hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            layer(x).unflatten(2, (-1, HEAD)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        heads = functional.scaled_dot_product_attention(query, key, value, mask)
        return heads.transpose(1, 2).flatten(2)


class Added(nn.Module):
    """A dense layer, whose output is added to something."""

    def __init__(self, inputs: int, size: Size) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, size.hidden)
        self.LayerNorm = _norm(size)

    def forward(self, x: Tensor, to: Tensor) -> Tensor:
        normal: Tensor = self.LayerNorm(self.dense(x) + to)
        return normal


def _norm(size: Size) -> nn.LayerNorm:
    return nn.LayerNorm(size.hidden, eps=1e-12)


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
