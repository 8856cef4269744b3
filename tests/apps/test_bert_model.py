"""BERT: its size, its arithmetic against that of transformers, and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from apps.small_bert import SMALL, example_inputs, logits_of, small_bert
from numpy.typing import NDArray

from reference_apps.bert.arguments import GELUS
from reference_apps.bert.formats import TORCH_INPUTS
from reference_apps.bert.model import LARGE, Bert, load_checkpoint


@pytest.fixture(scope="module")
def inputs() -> NDArray[np.int64]:
    return example_inputs()


class TestNetwork:
    def test_large_has_its_parameters(self) -> None:
        with torch.device("meta"):
            network = Bert()
        assert sum(parameter.numel() for parameter in network.parameters()) == 334_094_338
        assert len(network.layers()) == 24
        assert LARGE.hidden // 64 == 16

    @pytest.mark.parametrize(("gelu", "theirs"), [("erf", "gelu"), ("tanh", "gelu_new")])
    def test_transformers_agrees(self, inputs: NDArray[np.int64], gelu: str, theirs: str) -> None:
        from transformers import BertConfig, BertForQuestionAnswering

        ours = small_bert(gelu)
        config = BertConfig(
            vocab_size=SMALL.vocabulary,
            hidden_size=SMALL.hidden,
            num_hidden_layers=SMALL.layers,
            num_attention_heads=SMALL.hidden // 64,
            intermediate_size=SMALL.intermediate,
            hidden_act=theirs,
        )
        other = BertForQuestionAnswering(config).eval()
        other.load_state_dict(ours.state_dict())
        with torch.inference_mode():
            feeds = dict(zip(TORCH_INPUTS, torch.from_numpy(inputs), strict=True))
            outputs = other(**feeds)
        expected = torch.stack([outputs.start_logits, outputs.end_logits]).numpy()
        np.testing.assert_allclose(logits_of(ours, inputs), expected, atol=1e-5)

    def test_the_two_forms_of_gelu_differ_a_little(self, inputs: NDArray[np.int64]) -> None:
        first, second = (logits_of(small_bert(gelu), inputs) for gelu in GELUS)
        assert 1e-5 < np.abs(first - second).max() < 1e-2

    def test_padding_changes_nothing(self, inputs: NDArray[np.int64]) -> None:
        filled = inputs.copy()
        filled[0, 1, 200:] = 7
        network = small_bert()
        expected, found = (logits_of(network, given)[:, 1, :200] for given in (inputs, filled))
        np.testing.assert_allclose(found, expected, atol=1e-6)
        filled[1] = 1
        assert np.abs(logits_of(network, filled)[:, 1, :200] - expected).max() > 1e-3


def older_name(name: str) -> str:
    """Renames a weight as the first versions did."""
    if "LayerNorm" in name:
        return name.replace(".weight", ".gamma").replace(".bias", ".beta")
    return name


class TestCheckpoint:
    def test_the_size_is_that_of_the_weights(
        self, tmp_path: Path, inputs: NDArray[np.int64]
    ) -> None:
        torch.save(small_bert().state_dict(), tmp_path / "model.pytorch")
        loaded = load_checkpoint(tmp_path / "model.pytorch", gelu="tanh")
        assert loaded.size == SMALL
        assert not loaded.training
        np.testing.assert_array_equal(
            logits_of(loaded, inputs), logits_of(small_bert("tanh"), inputs)
        )

    def test_older_names_and_what_is_not_used(
        self, tmp_path: Path, inputs: NDArray[np.int64]
    ) -> None:
        state = {older_name(name): tensor for name, tensor in small_bert().state_dict().items()}
        state["bert.pooler.dense.weight"] = torch.zeros(128, 128)
        state["bert.embeddings.position_ids"] = torch.arange(512)[None]
        torch.save(state, tmp_path / "model.pytorch")
        loaded = load_checkpoint(tmp_path / "model.pytorch")
        np.testing.assert_array_equal(logits_of(loaded, inputs), logits_of(small_bert(), inputs))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("qa_outputs.bias"), r"(?s)is not a Bert: .*Missing key"),
            (lambda s: s.update(classifier=torch.zeros(2)), r"(?s)is not a Bert: .*Unexpected key"),
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
        state = small_bert().state_dict()
        change(state)
        torch.save(state, tmp_path / "model.pytorch")
        with pytest.raises(ValueError, match=message) as raised:
            load_checkpoint(tmp_path / "model.pytorch")
        assert "model.pytorch" in str(raised.value)
