"""Tests GNMT in torch, in the files for other packages, and its checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from reference_apps.common.arguments import ModelOptions
from reference_apps.gnmt import model
from reference_apps.gnmt.arguments import APP
from reference_apps.gnmt.beam_search import Ids
from reference_apps.gnmt.formats import BEAMS
from reference_apps.gnmt.model import END, Gnmt, LstmCell, State
from reference_apps.gnmt.processing import START, open_translator

tf = pytest.importorskip("tensorflow")

WORDS = 30
UNITS = 8


@pytest.fixture(scope="module")
def network() -> Gnmt:
    """Has larger weights than training starts from, so that words matter."""
    torch.manual_seed(4)
    network = Gnmt(WORDS, WORDS + 2, UNITS).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn_like(weight) * 0.6)
        network.projection[:, END] *= 3  # translations end at different lengths
    return network


@pytest.fixture(scope="module")
def sentences() -> list[Ids]:
    draw = np.random.default_rng(0)
    return [draw.integers(3, WORDS, length) for length in (4, 1, 6, 2)]


def test_weights_of_the_official_size() -> None:
    """The vocabularies have 36,548 words, as TensorFlow's GNMT has for this language pair."""
    with torch.device("meta"):
        network = Gnmt(36548, 36548)
    shapes = {name: tuple(weight.shape) for name, weight in network.named_parameters()}
    assert shapes["forward_cell.kernel"] == (2048, 4096)
    assert shapes["encoder.0.kernel"] == (3072, 4096)
    assert shapes["encoder.2.kernel"] == (2048, 4096)
    assert shapes["decoder.0.kernel"] == shapes["decoder.3.kernel"] == (3072, 4096)
    cells = 4 * (2048 * 4096 + 4096) + 5 * (3072 * 4096 + 4096)
    attention = 2 * 1024 * 1024 + 2 * 1024 + 1
    assert sum(weight.numel() for weight in network.parameters()) == (
        3 * 36548 * 1024 + cells + attention
    )


def test_a_cell_agrees_with_tensorflow() -> None:
    """Gates, forget bias and kernel layout are those of TensorFlow's own cell."""
    torch.manual_seed(1)
    cell = LstmCell(3, 4)
    torch.nn.init.normal_(cell.bias)
    x, c, h = torch.randn(5, 3), torch.randn(5, 4), torch.randn(5, 4)
    found_c, found_h = cell(x, (c, h))
    none = tf.zeros((4,))
    expected = tf.raw_ops.LSTMBlockCell(
        **{
            "x": x.numpy(),
            "cs_prev": c.numpy(),
            "h_prev": h.numpy(),
            "b": cell.bias.detach().numpy(),
        },
        w=cell.kernel.detach().numpy(),
        **{"wci": none, "wcf": none, "wco": none, "forget_bias": 1.0, "cell_clip": -1},
    )
    np.testing.assert_allclose(found_c.detach(), expected.cs, atol=1e-6)
    np.testing.assert_allclose(found_h.detach(), expected.h, atol=1e-6)


def test_padding_does_not_matter(network: Gnmt) -> None:
    lengths = torch.tensor([3, 5])
    source = torch.randint(3, WORDS, (2, 5))
    other = source.clone()
    other[0, 3:] = 7
    alone = network.encode(source[:1, :3], lengths[:1])
    words = torch.tensor([1, 1])
    for padded in (source, other):
        memory, state = network.encode(padded, lengths)
        assert not memory.values[0, 3:].any()
        torch.testing.assert_close(memory.values[:1, :3], alone[0].values)
        torch.testing.assert_close(
            network.step(words, state, memory)[0][:1],
            network.step(words[:1], alone[1], alone[0])[0],
        )


@pytest.fixture(scope="module")
def expected(network: Gnmt, sentences: list[Ids]) -> list[list[int]]:
    most = 2 * max(map(len, sentences))
    return [slow_search(network, sentence, most) for sentence in sentences]


@dataclass(frozen=True)
class Partial:
    """Holds a partial translation of the slow search."""

    words: tuple[int, ...] = ()
    probability: float = 0.0  # its logarithm
    length: int = 0
    ended: bool = False
    state: State | None = None
    score: float = 0.0


@torch.inference_mode()
def slow_search(network: Gnmt, sentence: Ids, most: int) -> list[int]:
    """Searches one sentence, one translation at a time, over every word."""
    memory, state = network.encode(torch.tensor(sentence)[None], torch.tensor([len(sentence)]))
    alive = [Partial(state=state)]
    for _ in range(most):
        grown = []
        for each in alive:
            if each.ended:
                grown.append(replace(each, score=each.probability / ((5 + each.length) / 6)))
                continue
            last = torch.tensor([each.words[-1] if each.words else START])
            logits, state = network.step(last, each.state, memory)
            for word, gain in enumerate(logits[0].log_softmax(0).tolist()):
                ends = word == END
                total = each.probability + gain
                grown.append(
                    Partial(
                        words=each.words if ends else (*each.words, word),
                        probability=total,
                        length=each.length + 1,
                        ended=ends,
                        state=state,
                        score=total / ((5 + each.length + (not ends)) / 6),
                    )
                )
        alive = sorted(grown, key=lambda each: -each.score)[:BEAMS]
        if all(each.ended for each in alive):
            break
    return list(alive[0].words)


@pytest.mark.parametrize("backend", APP.backends)
def test_translations_are_those_found_word_by_word(
    backend: str,
    network: Gnmt,
    sentences: list[Ids],
    expected: list[list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLPERF_LOADGEN_CACHE", str(tmp_path))
    options = ModelOptions(device="cpu", threads=1)
    translate = open_translator(backend, network, "key", options)
    assert [ids.tolist() for ids in translate(sentences)] == expected
    assert len({len(words) for words in expected}) > 1


def save(network: Gnmt, prefix: Path, *, without: str = "") -> None:
    """Saves a checkpoint as TensorFlow 1 does, with the training step."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for ours, name in model.VARIABLES.items():
            if name != without:
                tf.compat.v1.get_variable(
                    name, initializer=network.get_parameter(ours).detach().numpy()
                )
        tf.compat.v1.get_variable("global_step", initializer=340000)
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(prefix))


@pytest.mark.parametrize("ending", ["", ".index", ".meta", ".data-00000-of-00001"])
def test_a_checkpoint_of_tensorflow(ending: str, network: Gnmt, tmp_path: Path) -> None:
    save(network, tmp_path / "translate.ckpt")
    read = model.read_checkpoint(tmp_path / f"translate.ckpt{ending}", WORDS, WORDS + 2)
    assert not read.training
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(read.state_dict()[name], weight, rtol=0, atol=0)


def test_the_names_of_the_official_variables() -> None:
    """They are those in logs of TensorFlow's GNMT."""
    decoder = "dynamic_seq2seq/decoder/multi_rnn_cell"
    assert {
        "embeddings/encoder/embedding_encoder",
        "dynamic_seq2seq/encoder/bidirectional_rnn/bw/basic_lstm_cell/kernel",
        "dynamic_seq2seq/encoder/rnn/multi_rnn_cell/cell_2/basic_lstm_cell/bias",
        "dynamic_seq2seq/decoder/memory_layer/kernel",
        f"{decoder}/cell_0_attention/attention/basic_lstm_cell/kernel",
        f"{decoder}/cell_0_attention/attention/bahdanau_attention/attention_g",
        f"{decoder}/cell_3/basic_lstm_cell/kernel",
    } <= set(model.VARIABLES.values())
    with torch.device("meta"):
        network = Gnmt(WORDS, WORDS, UNITS)
    assert set(model.VARIABLES) == {name for name, _ in network.named_parameters()}


def test_invalid_checkpoints(network: Gnmt, tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"a checkpoint must have translate.ckpt.index and "
    ):
        model.read_checkpoint(tmp_path / "translate.ckpt", WORDS, WORDS)
    save(network, tmp_path / "translate.ckpt")
    with pytest.raises(ValueError, match=r"embedding_decoder has shape \[32, 8\].*need \[30, 8\]"):
        model.read_checkpoint(tmp_path / "translate.ckpt", WORDS, WORDS)
    missing = model.VARIABLES["decoder.3.bias"]
    save(network, tmp_path / "other.ckpt", without=missing)
    with pytest.raises(
        ValueError, match=f"not a GNMT with 4 layers: variable {missing} is missing"
    ):
        model.read_checkpoint(tmp_path / "other.ckpt", WORDS, WORDS + 2)
    (tmp_path / "broken.ckpt.index").write_bytes(b"nothing")
    (tmp_path / "broken.ckpt.data-00000-of-00001").touch()
    with pytest.raises(ValueError, match=r"broken.ckpt is not a TensorFlow checkpoint"):
        model.read_checkpoint(tmp_path / "broken.ckpt", WORDS, WORDS)
