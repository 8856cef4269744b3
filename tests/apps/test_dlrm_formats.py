"""DLRM as files: tensor names, and the same probabilities as the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from apps.running import NEEDS_TENSORFLOW
from apps.small_dlrm import VARIANTS, example_inputs, probabilities_of, small_dlrm
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend

from reference_apps.dlrm import formats
from reference_apps.dlrm.variants import KAGGLE, Variant


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
class TestEveryVariant:
    def test_onnx(self, variant: Variant, tmp_path: Path) -> None:
        network, inputs = small_dlrm(variant), example_inputs(variant)
        formats.write_onnx(network, tmp_path / "net.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
        shapes = {node.name: (node.type, node.shape) for node in session.get_inputs()}
        assert shapes == {
            "dense_x": ("tensor(float)", ["n", 13]),
            "offsets": ("tensor(int64)", [26, "n"]),
            "indices": ("tensor(int64)", [26, "n"]),
        }
        names = ("dense_x", "offsets", "indices")
        (found,) = session.run(["pred"], dict(zip(names, inputs, strict=True)))
        np.testing.assert_allclose(found, probabilities_of(network, inputs), atol=1e-6)
        reversed_offsets = (inputs[0], inputs[1][:, ::-1].copy(), inputs[2])
        (found,) = session.run(["pred"], dict(zip(names, reversed_offsets, strict=True)))
        assert not np.allclose(found, probabilities_of(network, inputs), atol=1e-4)

    @NEEDS_TENSORFLOW
    def test_frozen_graph(self, variant: Variant, tmp_path: Path) -> None:
        network, inputs = small_dlrm(variant), example_inputs(variant)
        formats.write_frozen_graph(network, tmp_path / "net.pb")
        backend = TensorFlowBackend(
            tmp_path / "net.pb", inputs=["ph_1:0", "ph_2:0"], outputs=["preds:0"], threads=1
        )
        sparse = inputs[2].T.astype(np.int32)
        (found,) = backend.predict({"ph_1:0": inputs[0], "ph_2:0": sparse})
        np.testing.assert_allclose(found, probabilities_of(network, inputs), atol=1e-6)


def test_onnx_with_inputs_for_each_table(tmp_path: Path) -> None:
    network, (dense, offsets, indices) = small_dlrm(KAGGLE), example_inputs(KAGGLE)
    formats.write_onnx_by_table(network, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    feeds = {f"offsets_{k}": offsets[k] for k in range(26)}
    feeds |= {f"indices_{k}": indices[k] for k in range(26)}
    (found,) = session.run(["pred"], {"dense_x": dense, **feeds})
    np.testing.assert_allclose(
        found, probabilities_of(network, (dense, offsets, indices)), atol=1e-6
    )
