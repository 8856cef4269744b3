"""BERT with a question-answering head, as a torch module whose weights have Hugging Face's names.

Jacob Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding, 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.bert.processing import SEQUENCE_LENGTH
from reference_apps.common.checkpoint import weights, with_weights

HEAD_SIZE = 64  # features of a token in an attention head
MASKED = -10_000.0  # added to the attention scores of padding

_EMBEDDINGS = "bert.embeddings."
_LAYER = "bert.encoder.layer."
_UNUSED = ("bert.pooler.", f"{_EMBEDDINGS}position_ids")


@dataclass(frozen=True)
class Size:
    """The dimensions of a BERT, by default those of BERT-Large."""

    vocabulary: int = 30_522
    positions: int = 512
    token_types: int = 2
    hidden: int = 1024
    intermediate: int = 4096
    layers: int = 24


LARGE = Size()


class Bert(nn.Module):
    """Computes the logits that an answer begins and ends at each token, float32 (n, length) each.

    Takes token ids, attention mask and token types, all int64 (n, length).
    gelu: "erf", the definition, or "tanh", the approximation used by TensorFlow's BERT.
    """

    def __init__(self, size: Size = LARGE, *, gelu: str = "erf") -> None:
        super().__init__()
        self.size = size
        self.bert = _Bert(size, nn.GELU("tanh" if gelu == "tanh" else "none"))
        self.qa_outputs = nn.Linear(size.hidden, 2)

    def layers(self) -> list[Layer]:
        """Lists the encoder's layers in order."""
        return [layer for layer in self.bert.encoder.layer if isinstance(layer, Layer)]

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        x = self.bert.embeddings(input_ids, token_type_ids)
        mask = (1 - attention_mask[:, None, None, :].to(x.dtype)) * MASKED
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
    """Adds the embeddings of a token, its position and its type."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(size.vocabulary, size.hidden)
        self.position_embeddings = nn.Embedding(size.positions, size.hidden)
        self.token_type_embeddings = nn.Embedding(size.token_types, size.hidden)
        self.LayerNorm = _layer_norm(size)

    def forward(self, tokens: Tensor, token_types: Tensor) -> Tensor:
        x = self.word_embeddings(tokens) + self.token_type_embeddings(token_types)
        x = x + self.position_embeddings.weight[: tokens.shape[1]]
        normalized: Tensor = self.LayerNorm(x)
        return normalized


class Layer(nn.Module):
    """Applies self-attention and a feed-forward network, each with a residual connection."""

    def __init__(self, size: Size, gelu: nn.Module) -> None:
        super().__init__()
        self.attention = _AttentionBlock(size)
        self.intermediate = _Intermediate(size)
        self.output = DenseAddNorm(size.intermediate, size)
        self.gelu = gelu

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        out: Tensor = self.output(self.gelu(self.intermediate.dense(x)), x)
        return out


class _AttentionBlock(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.self = SelfAttention(size)
        self.output = DenseAddNorm(size.hidden, size)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        out: Tensor = self.output(self.self(x, mask), x)
        return out


class _Intermediate(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.dense = nn.Linear(size.hidden, size.intermediate)


class SelfAttention(nn.Module):
    """Attends from each token to all, in heads."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.query = nn.Linear(size.hidden, size.hidden)
        self.key = nn.Linear(size.hidden, size.hidden)
        self.value = nn.Linear(size.hidden, size.hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            layer(x).unflatten(2, (-1, HEAD_SIZE)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        heads = functional.scaled_dot_product_attention(query, key, value, mask)
        return heads.transpose(1, 2).flatten(2)


class DenseAddNorm(nn.Module):
    """Applies a dense layer, adds the residual and normalizes the sum."""

    def __init__(self, inputs: int, size: Size) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, size.hidden)
        self.LayerNorm = _layer_norm(size)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        normalized: Tensor = self.LayerNorm(self.dense(x) + residual)
        return normalized


def _layer_norm(size: Size) -> nn.LayerNorm:
    return nn.LayerNorm(size.hidden, eps=1e-12)


def load_checkpoint(path: Path, *, gelu: str = "erf") -> Bert:
    """Loads a network, in evaluation mode, from a PyTorch file of weights such as model.pytorch.

    The weights have the names of Hugging Face's BertForQuestionAnswering, and their shapes say how
    large the network is.

    Raises FileError naming the file and what does not fit.
    """
    state = {
        name.replace(".gamma", ".weight").replace(".beta", ".bias"): tensor
        for name, tensor in weights(path).items()
        if not name.startswith(_UNUSED)
    }
    return with_weights(Bert(_size(path, state), gelu=gelu), state, path)


def _size(path: Path, state: dict[str, Tensor]) -> Size:
    def shape(name: str) -> tuple[int, int]:
        if name not in state or state[name].ndim != 2:
            raise FileError(f"{path} is not a BERT for question answering: no matrix {name}")
        rows, columns = state[name].shape
        return rows, columns

    vocabulary, hidden = shape(f"{_EMBEDDINGS}word_embeddings.weight")
    positions, _ = shape(f"{_EMBEDDINGS}position_embeddings.weight")
    token_types, _ = shape(f"{_EMBEDDINGS}token_type_embeddings.weight")
    intermediate, _ = shape(f"{_LAYER}0.intermediate.dense.weight")
    if hidden % HEAD_SIZE:
        raise FileError(f"{path}: the hidden size must be a multiple of {HEAD_SIZE}, not {hidden}")
    if positions < SEQUENCE_LENGTH:
        raise FileError(f"{path} must have at least {SEQUENCE_LENGTH} positions, not {positions}")
    layers = {name.removeprefix(_LAYER).split(".")[0] for name in state if name.startswith(_LAYER)}
    return Size(vocabulary, positions, token_types, hidden, intermediate, len(layers))
