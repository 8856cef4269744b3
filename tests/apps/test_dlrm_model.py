"""DLRM's architecture and its files: sizes, names, and the same answers in every form."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from numpy.typing import NDArray

from reference_apps.dlrm import formats
from reference_apps.dlrm.model import Dlrm, load_checkpoint
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M, TERABYTE_40M, Variant, variant_of

VARIANTS = {variant.name: variant for variant in (TERABYTE_40M, TERABYTE_10M, KAGGLE)}
N = 7


def network(variant: Variant, rows: int = 50) -> Dlrm:
    """Weights of a size with which answers differ."""
    torch.manual_seed(1)
    made = Dlrm(variant.with_max_rows(rows)).eval()
    with torch.no_grad():
        for table in made.tables():
            table.mul_(0.3)
    return made


def inputs(variant: Variant, rows: int = 50) -> tuple[NDArray[Any], ...]:
    draw = np.random.default_rng(2)
    tables = np.array(variant.with_max_rows(rows).table_rows)
    dense = draw.random((N, 13), np.float32) * 4
    return dense, np.tile(np.arange(N), (26, 1)), draw.integers(0, tables[:, None], (26, N))


def answers(made: Dlrm, given: tuple[NDArray[Any], ...]) -> NDArray[np.float32]:
    with torch.no_grad():
        return made(*map(torch.from_numpy, given)).numpy()


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
            made = Dlrm(VARIANTS[name])
        weights = {key: weight.numel() for key, weight in made.named_parameters()}
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
        made = network(KAGGLE)
        dense, offsets, indices = inputs(KAGGLE)
        found = answers(made, (dense, offsets, indices))
        for row in range(N):
            with torch.no_grad():
                x = made.bot_l(torch.from_numpy(dense[row]))
                vectors = [x, *(t[indices[k, row]] for k, t in enumerate(made.tables()))]
                products = [vectors[i] @ vectors[j] for i in range(27) for j in range(i)]
                expected = made.top_l(torch.cat((x, torch.stack(products))))
            assert found[row] == pytest.approx(expected.numpy(), rel=1e-5)
        assert np.ptp(found) > 1e-3

    def test_bags_are_sums(self) -> None:
        made = network(KAGGLE)
        dense, _, indices = inputs(KAGGLE)
        of_two = answers(made, (dense[:1], np.zeros((26, 1), np.int64), indices[:, :2]))
        with torch.no_grad():
            bags = [t[indices[k, :2]].sum(0)[None] for k, t in enumerate(made.tables())]
            expected = made.probability(torch.from_numpy(dense[:1]), bags)
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


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
class TestForms:
    def test_onnx(self, variant: Variant, tmp_path: Path) -> None:
        made, given = network(variant), inputs(variant)
        formats.write_onnx(made, tmp_path / "net.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
        shapes = {node.name: (node.type, node.shape) for node in session.get_inputs()}
        assert shapes == {
            "dense_x": ("tensor(float)", ["n", 13]),
            "offsets": ("tensor(int64)", [26, "n"]),
            "indices": ("tensor(int64)", [26, "n"]),
        }
        names = ("dense_x", "offsets", "indices")
        (found,) = session.run(["pred"], dict(zip(names, given, strict=True)))
        np.testing.assert_allclose(found, answers(made, given), atol=1e-6)
        turned = (given[0], given[1][:, ::-1].copy(), given[2])
        (found,) = session.run(["pred"], dict(zip(names, turned, strict=True)))
        assert not np.allclose(found, answers(made, given), atol=1e-4)

    @pytest.mark.skipif(find_spec("tensorflow") is None, reason="no tensorflow")
    def test_frozen_graph(self, variant: Variant, tmp_path: Path) -> None:
        made, given = network(variant), inputs(variant)
        formats.write_frozen_graph(made, tmp_path / "net.pb")
        backend = TensorFlowBackend(
            tmp_path / "net.pb", inputs=["ph_1:0", "ph_2:0"], outputs=["preds:0"], threads=1
        )
        sparse = given[2].T.astype(np.int32)
        (found,) = backend.predict({"ph_1:0": given[0], "ph_2:0": sparse})
        np.testing.assert_allclose(found, answers(made, given), atol=1e-6)


def test_onnx_with_inputs_for_each_table(tmp_path: Path) -> None:
    made, (dense, offsets, indices) = network(KAGGLE), inputs(KAGGLE)
    formats.write_onnx_by_table(made, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    feeds = {f"offsets_{k}": offsets[k] for k in range(26)}
    feeds |= {f"indices_{k}": indices[k] for k in range(26)}
    (found,) = session.run(["pred"], {"dense_x": dense, **feeds})
    np.testing.assert_allclose(found, answers(made, (dense, offsets, indices)), atol=1e-6)


class TestCheckpoint:
    def save(self, path: Path, **changed: Any) -> Dlrm:
        """As official ones are: figures of the training stand beside the weights."""
        made = network(KAGGLE)
        figures = {"iter": 3, "test_auc": np.float64(0.8), "train_loss": np.float32(1)}
        torch.save({**figures, "state_dict": made.state_dict() | changed}, path)
        return made

    def test_weights_are_those_in_the_file(self, tmp_path: Path) -> None:
        made, given = self.save(tmp_path / "net.pt"), inputs(KAGGLE)
        read = load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(50))
        np.testing.assert_array_equal(answers(read, given), answers(made, given))
        assert not read.training

    def test_files_of_old_torch(self, tmp_path: Path) -> None:
        made, given = network(KAGGLE), inputs(KAGGLE)
        torch.save(
            {"state_dict": made.state_dict()},
            tmp_path / "net.pt",
            _use_new_zipfile_serialization=False,
        )
        read = load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(50))
        np.testing.assert_array_equal(answers(read, given), answers(made, given))

    def test_another_variant_is_named(self, tmp_path: Path) -> None:
        self.save(tmp_path / "net.pt")
        with pytest.raises(
            ValueError, match=r"net\.pt: emb_l\.0\.weight must have the shape .*, not \(50, 16\)"
        ):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)

    def test_what_is_not_a_checkpoint_is_named(self, tmp_path: Path) -> None:
        torch.save({"weights": torch.zeros(2)}, tmp_path / "net.pt")
        with pytest.raises(ValueError, match=r"net\.pt is not a checkpoint of DLRM: .* state_dict"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)
        (tmp_path / "net.pt").write_bytes(b"nothing of the kind")
        with pytest.raises(ValueError, match=r"net\.pt: its pickle is damaged"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE)
        self.save(tmp_path / "net.pt", more=torch.zeros(1))
        with pytest.raises(ValueError, match=r"net\.pt: unknown weight more in kaggle"):
            load_checkpoint(tmp_path / "net.pt", KAGGLE.with_max_rows(50))
