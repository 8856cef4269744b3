"""DLRM: its size, its formula, its variants, and checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from apps.small_dlrm import (
    MAX_ROWS,
    PAIRS,
    VARIANTS,
    example_inputs,
    probabilities_of,
    small_dlrm,
)

from reference_apps.dlrm.model import Dlrm, load_checkpoint
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M, TERABYTE_40M, Variant, variant_of


class TestArchitecture:
    @pytest.mark.parametrize(
        ("name", "rows", "dimension", "layers"),
        [
            ("terabyte-40M", 187_767_399, 128, 2_368_897),
            ("terabyte-10M", 49_126_297, 64, 762_177),
            ("kaggle", 33_762_577, 16, 475_985),
        ],
    )
    def test_number_of_weights(self, name: str, rows: int, dimension: int, layers: int) -> None:
        with torch.device("meta"):
            network = Dlrm(VARIANTS[name])
        weights = {key: weight.numel() for key, weight in network.named_parameters()}
        tables = sum(count for key, count in weights.items() if key.startswith("emb_l."))
        assert tables == rows * dimension
        assert sum(weights.values()) - tables == layers

    @pytest.mark.parametrize(
        ("name", "bottom", "top"),
        [("terabyte-40M", 3, 5), ("terabyte-10M", 3, 4), ("kaggle", 4, 3)],
    )
    def test_names_of_weights(self, name: str, bottom: int, top: int) -> None:
        with torch.device("meta"):
            names = set(Dlrm(VARIANTS[name]).state_dict())
        layers = [f"bot_l.{2 * k}" for k in range(bottom)] + [f"top_l.{2 * k}" for k in range(top)]
        expected = {f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")}
        assert names == expected | {f"emb_l.{k}.weight" for k in range(26)}

    @pytest.mark.parametrize("variant", VARIANTS.values(), ids=str)
    def test_widths_fit_together(self, variant: Variant) -> None:
        assert variant.bottom_mlp[-1] == variant.embedding_dim
        assert variant.top_mlp[0] == variant.embedding_dim + 27 * 26 // 2
        assert len(variant.table_rows) == 26

    def test_the_formula_row_by_row(self) -> None:
        """Against products written out, one pair of vectors at a time."""
        network = small_dlrm(KAGGLE)
        dense, offsets, indices = example_inputs(KAGGLE)
        found = probabilities_of(network, (dense, offsets, indices))
        for row in range(PAIRS):
            with torch.no_grad():
                x = network.bot_l(torch.from_numpy(dense[row]))
                vectors = [x, *(t[indices[k, row]] for k, t in enumerate(network.tables()))]
                products = [vectors[i] @ vectors[j] for i in range(27) for j in range(i)]
                expected = network.top_l(torch.cat((x, torch.stack(products))))
            assert found[row] == pytest.approx(expected.numpy(), rel=1e-5)
        assert np.ptp(found) > 1e-3

    def test_bags_are_sums(self) -> None:
        network = small_dlrm(KAGGLE)
        dense, _, indices = example_inputs(KAGGLE)
        of_two = probabilities_of(network, (dense[:1], np.zeros((26, 1), np.int64), indices[:, :2]))
        with torch.no_grad():
            embeddings = [t[indices[k, :2]].sum(0)[None] for k, t in enumerate(network.tables())]
            expected = network.probability(torch.from_numpy(dense[:1]), embeddings)
        np.testing.assert_allclose(of_two, expected.numpy(), rtol=1e-5)


class TestVariantOf:
    def test_by_data_set_and_range(self) -> None:
        assert variant_of("terabyte") is TERABYTE_40M
        assert variant_of("terabyte", 40_000_000) is TERABYTE_40M
        assert variant_of("terabyte", 10_000_000) is TERABYTE_10M
        assert variant_of("kaggle") is KAGGLE

    def test_a_range_without_a_model_is_refused(self) -> None:
        with pytest.raises(ValueError, match="must be 40000000 or 10000000 for terabyte, not 5"):
            variant_of("terabyte", 5)


class TestCheckpoint:
    def save(self, path: Path, **changed: Any) -> Dlrm:
        """With figures of the training beside the weights, as official ones have."""
        network = small_dlrm(KAGGLE)
        figures = {"iter": 3, "test_auc": np.float64(0.8), "train_loss": np.float32(1)}
        torch.save({**figures, "state_dict": network.state_dict() | changed}, path)
        return network

    def test_weights_are_those_in_the_file(self, tmp_path: Path) -> None:
        network, inputs = self.save(tmp_path / "net.pt"), example_inputs(KAGGLE)
        loaded = load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(MAX_ROWS))
        np.testing.assert_array_equal(
            probabilities_of(loaded, inputs), probabilities_of(network, inputs)
        )
        assert not loaded.training

    def test_files_of_old_torch(self, tmp_path: Path) -> None:
        network, inputs = small_dlrm(KAGGLE), example_inputs(KAGGLE)
        torch.save(
            {"state_dict": network.state_dict()},
            tmp_path / "net.pt",
            _use_new_zipfile_serialization=False,
        )
        loaded = load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(MAX_ROWS))
        np.testing.assert_array_equal(
            probabilities_of(loaded, inputs), probabilities_of(network, inputs)
        )

    def test_another_variant_is_named(self, tmp_path: Path) -> None:
        self.save(tmp_path / "net.pt")
        with pytest.raises(
            ValueError, match=r"net\.pt: emb_l\.0\.weight must have the shape .*, not \(50, 16\)"
        ):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)

    def test_what_is_not_a_checkpoint_is_named(self, tmp_path: Path) -> None:
        torch.save({"weights": torch.zeros(2)}, tmp_path / "net.pt")
        with pytest.raises(ValueError, match=r"net\.pt is not a checkpoint of DLRM: .* is missing"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)
        (tmp_path / "net.pt").write_bytes(b"nothing of the kind")
        with pytest.raises(ValueError, match=r"net\.pt: its pickle is damaged"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)
        self.save(tmp_path / "net.pt", more=torch.zeros(1))
        with pytest.raises(ValueError, match=r"net\.pt: unknown weight more in kaggle"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(MAX_ROWS))
