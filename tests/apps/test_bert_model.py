"""BERT: its size, its arithmetic against that of transformers, and the files that it comes in."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from numpy.typing import NDArray

from reference_apps.bert import formats, model
from reference_apps.bert.arguments import GELUS
from reference_apps.bert.formats import (
    GRAPH_INPUTS,
    GRAPH_OUTPUT,
    ONNX_INPUTS,
    ONNX_OUTPUTS,
    TORCH_INPUTS,
)
from reference_apps.bert.model import LARGE, Bert, Size

TINY = Size(vocabulary=50, hidden=128, intermediate=96, layers=2)


def tiny(gelu: str = "erf") -> Bert:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return Bert(TINY, gelu=gelu).eval()


@pytest.fixture(scope="module")
def inputs() -> NDArray[np.int64]:
    """(3, 2, 384): as formats.py lists them, each of two samples, the second half empty."""
    random = np.random.default_rng(4)
    used = np.array([[384], [200]]) > np.arange(384)
    pieces = random.integers(0, 50, (2, 384)) * used
    return np.stack([pieces, used, used & (np.arange(384) > 30)]).astype(np.int64)


def answer(network: Bert, inputs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Logits (2, n, 384)."""
    with torch.inference_mode():
        return torch.stack(network(*torch.from_numpy(inputs))).numpy()


class TestNetwork:
    def test_large_has_its_parameters(self) -> None:
        with torch.device("meta"):
            network = Bert()
        assert sum(parameter.numel() for parameter in network.parameters()) == 334_094_338
        assert len(network.layers()) == 24
        assert LARGE.hidden // 64 == 16

    @pytest.mark.parametrize(("gelu", "theirs"), [("erf", "gelu"), ("tanh", "gelu_new")])
    def test_it_is_that_of_transformers(
        self, inputs: NDArray[np.int64], gelu: str, theirs: str
    ) -> None:
        from transformers import BertConfig, BertForQuestionAnswering

        ours = tiny(gelu)
        config = BertConfig(
            vocab_size=TINY.vocabulary,
            hidden_size=TINY.hidden,
            num_hidden_layers=TINY.layers,
            num_attention_heads=TINY.hidden // 64,
            intermediate_size=TINY.intermediate,
            hidden_act=theirs,
        )
        other = BertForQuestionAnswering(config).eval()
        other.load_state_dict(ours.state_dict())
        with torch.inference_mode():
            feeds = dict(zip(TORCH_INPUTS, torch.from_numpy(inputs), strict=True))
            given = other(**feeds)
        expected = torch.stack([given.start_logits, given.end_logits]).numpy()
        np.testing.assert_allclose(answer(ours, inputs), expected, atol=1e-5)

    def test_the_two_forms_of_gelu_differ_a_little(self, inputs: NDArray[np.int64]) -> None:
        first, second = (answer(tiny(gelu), inputs) for gelu in GELUS)
        assert 1e-5 < np.abs(first - second).max() < 1e-2

    def test_padding_changes_nothing(self, inputs: NDArray[np.int64]) -> None:
        filled = inputs.copy()
        filled[0, 1, 200:] = 7
        network = tiny()
        expected, found = (answer(network, given)[:, 1, :200] for given in (inputs, filled))
        np.testing.assert_allclose(found, expected, atol=1e-6)
        filled[1] = 1
        assert np.abs(answer(network, filled)[:, 1, :200] - expected).max() > 1e-3


class TestFiles:
    def test_onnx(self, tmp_path: Path, inputs: NDArray[np.int64]) -> None:
        formats.write_onnx(tiny(), tmp_path / "model.onnx")
        session = OnnxRuntimeBackend(tmp_path / "model.onnx")
        assert session.inputs == ONNX_INPUTS
        assert session.outputs == ONNX_OUTPUTS
        made = session.predict(dict(zip(ONNX_INPUTS, inputs, strict=True)))
        np.testing.assert_allclose(np.stack(made), answer(tiny(), inputs), atol=1e-5)

    def test_quantized_onnx(self, tmp_path: Path, inputs: NDArray[np.int64]) -> None:
        path = tmp_path / "quantized.onnx"
        formats.write_quantized_onnx(tiny(), path, inputs.transpose(1, 0, 2))
        kinds = {node.op_type for node in onnx.load(path).graph.node}
        assert {"QuantizeLinear", "DequantizeLinear"} < kinds
        session = OnnxRuntimeBackend(path)
        assert session.inputs == TORCH_INPUTS
        made = np.stack(session.predict(dict(zip(TORCH_INPUTS, inputs, strict=True))))
        expected = answer(tiny(), inputs)
        assert 1e-4 < np.abs(made - expected).max() < 0.5
        assert np.corrcoef(made.ravel(), expected.ravel())[0, 1] > 0.98

    @pytest.mark.skipif(find_spec("tensorflow") is None, reason="no tensorflow")
    @pytest.mark.parametrize("batch", [None, 2])
    def test_frozen_graph(
        self, tmp_path: Path, inputs: NDArray[np.int64], batch: int | None
    ) -> None:
        formats.write_frozen_graph(tiny(), tmp_path / "model.pb", batch=batch)
        graph = TensorFlowBackend(
            tmp_path / "model.pb", inputs=GRAPH_INPUTS, outputs=[GRAPH_OUTPUT]
        )
        feeds = dict(zip(GRAPH_INPUTS, inputs.astype(np.int32), strict=True))
        (made,) = graph.predict(feeds)
        expected = answer(tiny("tanh"), inputs).transpose(1, 2, 0)
        np.testing.assert_allclose(made, expected, atol=1e-5)


def older(name: str) -> str:
    """As files of the first versions have it."""
    if "LayerNorm" in name:
        return name.replace(".weight", ".gamma").replace(".bias", ".beta")
    return name


class TestCheckpoint:
    def test_the_size_is_that_of_the_weights(
        self, tmp_path: Path, inputs: NDArray[np.int64]
    ) -> None:
        torch.save(tiny().state_dict(), tmp_path / "model.pytorch")
        made = model.load_checkpoint(tmp_path / "model.pytorch", gelu="tanh")
        assert made.size == TINY
        assert not made.training
        np.testing.assert_array_equal(answer(made, inputs), answer(tiny("tanh"), inputs))

    def test_older_names_and_what_is_not_used(
        self, tmp_path: Path, inputs: NDArray[np.int64]
    ) -> None:
        state = {older(name): tensor for name, tensor in tiny().state_dict().items()}
        state["bert.pooler.dense.weight"] = torch.zeros(128, 128)
        state["bert.embeddings.position_ids"] = torch.arange(512)[None]
        torch.save(state, tmp_path / "model.pytorch")
        made = model.load_checkpoint(tmp_path / "model.pytorch")
        np.testing.assert_array_equal(answer(made, inputs), answer(tiny(), inputs))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("qa_outputs.bias"), r"(?s)is no Bert: .*Missing key"),
            (lambda s: s.update(classifier=torch.zeros(2)), r"(?s)is no Bert: .*Unexpected key"),
            (
                lambda s: s.pop("bert.embeddings.word_embeddings.weight"),
                r"no matrix bert\.embeddings\.word_embeddings\.weight",
            ),
            (
                lambda s: s.update(
                    {"bert.embeddings.position_embeddings.weight": torch.zeros(128, 128)}
                ),
                "must have at least 384 positions, not 128",
            ),
            (
                lambda s: s.update(
                    {"bert.embeddings.word_embeddings.weight": torch.zeros(50, 100)}
                ),
                "the hidden size must be a multiple of 64, not 100",
            ),
        ],
    )
    def test_what_does_not_fit_is_named(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str
    ) -> None:
        state = tiny().state_dict()
        change(state)
        torch.save(state, tmp_path / "model.pytorch")
        with pytest.raises(ValueError, match=message) as raised:
            model.load_checkpoint(tmp_path / "model.pytorch")
        assert "model.pytorch" in str(raised.value)
