"""Compares the ONNX files of RNN-T with the torch modules, for one utterance and for several."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend

from reference_apps.rnnt.config import Config, Sizes
from reference_apps.rnnt.formats import PARTS, BackendRnnt, write_onnx
from reference_apps.rnnt.model import Rnnt

TINY = Config(sizes=Sizes(encoder_n_hidden=24, pred_n_hidden=12, joint_n_hidden=20))


@pytest.fixture
def network() -> Rnnt:
    torch.manual_seed(3)
    return Rnnt(TINY).eval().requires_grad_(False)


@pytest.fixture
def on_onnx(network: Rnnt, tmp_path: Path) -> BackendRnnt:
    write_onnx(network, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "encoder.onnx",
        "prediction.onnx",
        "joint.onnx",
    }
    parts = {name: OnnxRuntimeBackend(tmp_path / f"{name}.onnx", threads=1) for name in PARTS}
    return BackendRnnt(parts, TINY)


@pytest.mark.parametrize("counts", [[1], [5], [8], [5, 12, 1, 7]])
def test_encoder(network: Rnnt, on_onnx: BackendRnnt, counts: list[int]) -> None:
    lengths = torch.tensor(counts)
    features = torch.randn(max(counts), len(counts), 240)
    expected, steps = network.encoder(features, lengths)
    found, found_steps = on_onnx.encoder(features, lengths)
    assert found.shape == expected.shape
    assert found_steps.tolist() == steps.tolist()
    for row, expected_row, count in zip(found, expected, steps.tolist(), strict=True):
        torch.testing.assert_close(row[:count], expected_row[:count])


@pytest.mark.parametrize("n", [1, 3])
def test_prediction_and_joint(network: Rnnt, on_onnx: BackendRnnt, n: int) -> None:
    assert on_onnx.blank == network.blank
    expected, state = network.prediction.begin(n)
    found, found_state = on_onnx.prediction.begin(n)
    torch.testing.assert_close(found, expected)
    labels = torch.arange(n) * 13
    expected, state = network.prediction(labels, state)
    found, found_state = on_onnx.prediction(labels, found_state)
    torch.testing.assert_close((found, *found_state), (expected, *state))
    encoded = torch.randn(n, 24)
    torch.testing.assert_close(on_onnx.joint(encoded, found), network.joint(encoded, expected))
