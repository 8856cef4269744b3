"""What DLRM asks of a backend: one output whatever its name, and as many pairs each time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from reference_apps.dlrm import app, formats
from reference_apps.dlrm.arguments import parse
from reference_apps.dlrm.dataset import Pairs
from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.processing import Predictor
from reference_apps.dlrm.variants import KAGGLE


def test_an_onnx_file_without_a_name_for_its_output(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    formats.write_onnx(Dlrm(KAGGLE.with_max_rows(20)), path)
    model = onnx.load(path)
    (last,) = (node for node in model.graph.node if formats.ONNX_OUTPUT in node.output)
    last.output[0] = model.graph.output[0].name = "165"
    onnx.save(model, path)
    args = parse(["--dataset", "kaggle", "--backend", "onnxruntime", "--model-path", str(path)])
    assert app.load_model(args, KAGGLE).backend.outputs == ("165",)


class Sum:
    """A backend that adds the first features, and remembers how many pairs it got."""

    name, inputs, outputs = "sum", ("dense", "sparse"), ("pred",)

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        self.sizes += [len(feeds["dense"]), len(feeds["sparse"])]
        return (feeds["dense"][:, :1] + feeds["sparse"][:, :1],)


@pytest.mark.parametrize("count", [1, 5, 2048, 2050])
def test_a_fixed_number_of_pairs(count: int) -> None:
    backend = Sum()
    dense = np.arange(count * 13, dtype=np.float32).reshape(count, 13)
    sparse = np.arange(count * 26, dtype=np.int32).reshape(count, 26)
    pairs = Pairs(dense, sparse, np.zeros(count, np.float32))
    found = Predictor(backend, backend.inputs, fixed_size=True).probabilities(pairs)
    assert found.tolist() == (dense[:, 0] + sparse[:, 0]).tolist()
    assert set(backend.sizes) == {2048}
