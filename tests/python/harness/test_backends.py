"""The inference packages behind the backends, on a model of one multiplication."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.untrusted import FileError


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file with p = a * b and q = a, for rows of two."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    make = onnx.helper
    rows = {
        name: make.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2]) for name in "abpq"
    }
    graph = make.make_graph(
        [make.make_node("Mul", ["a", "b"], ["p"]), make.make_node("Identity", ["a"], ["q"])],
        "product",
        [rows["a"], rows["b"]],
        [rows["p"], rows["q"]],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("onnx") / "product.onnx"
    onnx.save(model, path)
    return path


def check(backend: Backend) -> None:
    a = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    b = np.array([[2, 2], [2, 2], [0, 1]], np.float32)
    assert (backend.inputs, backend.outputs) == (("a", "b"), ("p", "q"))
    p, q = backend.predict({"b": b, "a": a})
    assert p.tolist() == [[2, 4], [6, 8], [0, 6]]
    assert q.tolist() == a.tolist()


def test_onnxruntime(product: Path) -> None:
    backend = OnnxRuntimeBackend(product, device="cpu", threads=1)
    check(backend)
    assert re.fullmatch(r"onnxruntime \d.*, CPU", backend.name)
    check(OnnxRuntimeBackend(product, providers=["CPUExecutionProvider"]))


def test_onnxruntime_refuses_what_it_cannot_do(product: Path) -> None:
    with pytest.raises(ValueError, match='device must be "auto", "cpu" or "cuda", not "abacus"'):
        OnnxRuntimeBackend(product, device="abacus")
    with pytest.raises(ValueError, match="this ONNX Runtime has no AbacusExecutionProvider"):
        OnnxRuntimeBackend(product, providers=["AbacusExecutionProvider"])
    with pytest.raises(FileNotFoundError, match=r"no model at .*nothing\.onnx"):
        OnnxRuntimeBackend(product.with_name("nothing.onnx"))
    broken = product.with_name("broken.onnx")
    broken.write_bytes(product.read_bytes()[:-9])
    with pytest.raises(FileError, match=r"broken\.onnx is not a valid ONNX file"):
        OnnxRuntimeBackend(broken)


def test_torch() -> None:
    torch = pytest.importorskip("torch")

    class Product(torch.nn.Module):  # type: ignore[name-defined,misc]
        def forward(self, a: object, b: object) -> tuple[object, object]:
            assert not self.training
            assert torch.is_inference_mode_enabled()
            return a * b, a  # type: ignore[operator]

    backend = TorchBackend(Product(), inputs=["a", "b"], outputs=["p", "q"], device="cpu")
    check(backend)
    assert backend.name == f"torch {torch.__version__}, cpu"


def test_torch_modules_with_one_output() -> None:
    torch = pytest.importorskip("torch")
    backend = TorchBackend(torch.nn.ReLU(), inputs=["x"], outputs=["y"], device="cpu")
    (y,) = backend.predict({"x": np.array([-1, 2], np.float32)})
    assert y.tolist() == [0, 2]


def test_a_missing_package_is_named_with_its_extra(
    product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "onnxruntime")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModuleNotFoundError, match=r"pip install '\.\[apps\]'"):
        OnnxRuntimeBackend(product)
