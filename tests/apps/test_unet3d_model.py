"""Tests the network of 3D-UNet, its formats, and the files that its weights come in."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from apps.running import NEEDS_TENSORFLOW
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend

from reference_apps.unet3d import formats, model
from reference_apps.unet3d.model import UNet3d

FIRST = "conv_blocks_context.0.blocks.0.conv.weight"


@pytest.fixture(scope="module")
def narrow() -> UNet3d:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return UNet3d(base_width=2).eval()


def volumes(*grid: int, batch: int = 1) -> Any:
    return np.random.default_rng(3).normal(size=(batch, 4, *grid)).astype(np.float32)


class TestOfficialSize:
    def test_parameters(self) -> None:
        assert sum(weight.numel() for weight in UNet3d().parameters()) == 31_198_976

    def test_widths_double_up_to_320(self) -> None:
        weights = UNet3d().state_dict()
        widths = [len(weights[f"conv_blocks_context.{n}.blocks.0.conv.weight"]) for n in range(5)]
        assert widths == [32, 64, 128, 256, 320]
        assert weights["conv_blocks_context.5.1.blocks.0.conv.weight"].shape[:2] == (320, 320)

    def test_names_are_those_of_nnu_net(self) -> None:
        names = set(UNet3d().state_dict())
        assert {
            FIRST,
            "conv_blocks_context.4.blocks.1.instnorm.bias",
            "conv_blocks_localization.4.0.blocks.0.conv.bias",
            "tu.0.weight",
            "seg_outputs.4.weight",
        } < names
        assert not {"tu.0.bias", "seg_outputs.4.bias"} & names

    def test_the_first_convolution_of_a_stage_takes_each_second_voxel(self) -> None:
        for stage, blocks in enumerate(UNet3d(1).conv_blocks_context[:5]):
            assert blocks.blocks[0].conv.stride == ((2,) * 3 if stage else (1,) * 3)
            assert blocks.blocks[1].conv.stride == (1, 1, 1)


def test_five_resolutions_of_any_grid_that_32_divides(narrow: UNet3d) -> None:
    with torch.inference_mode():
        given = narrow(torch.from_numpy(volumes(64, 32, 96, batch=2)))
    assert [tuple(tensor.shape) for tensor in given] == [
        (2, 4, 64 // parts, 32 // parts, 96 // parts) for parts in (1, 2, 4, 8, 16)
    ]


class TestFormats:
    def test_onnx(self, narrow: UNet3d, tmp_path: Path) -> None:
        formats.write_onnx(narrow, tmp_path / "unet.onnx")
        backend = OnnxRuntimeBackend(tmp_path / "unet.onnx", threads=1)
        assert backend.inputs == ("input",)
        assert backend.outputs[0] == "output"
        assert len(backend.outputs) == 5
        given = volumes(32, 64, 32)
        with torch.inference_mode():
            wanted = narrow(torch.from_numpy(given))
        for logits, right in zip(backend.predict({"input": given}), wanted, strict=True):
            np.testing.assert_allclose(logits, right.numpy(), rtol=1e-4, atol=1e-3)

    @NEEDS_TENSORFLOW
    def test_frozen_graph(self, narrow: UNet3d, tmp_path: Path) -> None:
        formats.write_frozen_graph(narrow, tmp_path / "unet.pb")
        backend = TensorFlowBackend(
            tmp_path / "unet.pb", inputs=["input:0"], outputs=["output:0"], threads=1
        )
        given = volumes(32, 64, 32)
        with torch.inference_mode():
            wanted = narrow(torch.from_numpy(given))[0]
        (logits,) = backend.predict({"input:0": given})
        np.testing.assert_allclose(logits, wanted.numpy(), rtol=1e-4, atol=1e-3)


class TestCheckpoint:
    def same(self, network: UNet3d, narrow: UNet3d) -> bool:
        ours, theirs = network.state_dict(), narrow.state_dict()
        return all(torch.equal(ours[name], theirs[name]) for name in theirs)

    def test_weights_alone(self, narrow: UNet3d, tmp_path: Path) -> None:
        torch.save(narrow.state_dict(), tmp_path / "weights.pt")
        network = model.read_checkpoint(tmp_path / "weights.pt")
        assert self.same(network, narrow)
        assert not network.training

    def test_a_model_directory_as_training_leaves_it(self, narrow: UNet3d, tmp_path: Path) -> None:
        (tmp_path / "fold_1").mkdir()
        content = {
            "epoch": 500,
            "state_dict": OrderedDict(reversed(narrow.state_dict().items())),
            "optimizer_state_dict": {"lr": np.float64(0.01)},
            "plot_stuff": ([np.float32(0.5)], [], [], []),
        }
        torch.save(content, tmp_path / "fold_1" / "model_final_checkpoint.model")
        assert self.same(model.read_checkpoint(model.checkpoint_in(tmp_path)), narrow)

    def test_another_directory(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"not a model directory of nnU-Net.*fold_1"):
            model.checkpoint_in(tmp_path)

    def test_missing_weights_are_named(self, narrow: UNet3d, tmp_path: Path) -> None:
        weights = narrow.state_dict()
        del weights["tu.3.weight"]
        torch.save(weights, tmp_path / "weights.pt")
        with pytest.raises(ValueError, match=r"weights\.pt is not a 3D-UNet.*(\n.*)*tu\.3\.weight"):
            model.read_checkpoint(tmp_path / "weights.pt")

    def test_another_network(self, tmp_path: Path) -> None:
        torch.save({"weight": torch.zeros(3)}, tmp_path / "weights.pt")
        with pytest.raises(ValueError, match=f"it has no {FIRST}"):
            model.read_checkpoint(tmp_path / "weights.pt")

    def test_a_file_that_is_not_a_checkpoint(self, tmp_path: Path) -> None:
        (tmp_path / "weights.pt").write_bytes(b"weights")
        with pytest.raises(ValueError, match=r"weights\.pt: its pickle is damaged"):
            model.read_checkpoint(tmp_path / "weights.pt")
