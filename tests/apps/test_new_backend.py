"""A backend of one new file: every app that has its model in the file's format runs on it."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from mlperf_loadgen.harness.backends import BACKENDS

from reference_apps.mobilenet import app as mobilenet
from reference_apps.registry import APPS

MODULE = '''
"""Runs ONNX files with the reference implementation of ONNX."""

from mlperf_loadgen.harness.backends import ONNX, Opener
from onnx.reference import ReferenceEvaluator


class ReferenceBackend:
    def __init__(self, model, *, inputs=(), outputs=(), device="auto", threads=0):
        self._session = ReferenceEvaluator(str(model))
        self.name = f"abacus, {device}"
        self.inputs = tuple(inputs) or tuple(self._session.input_names)
        self.outputs = tuple(outputs) or tuple(self._session.output_names)

    def predict(self, feeds):
        return tuple(self._session.run(list(self.outputs), dict(feeds)))


OPENER = Opener("abacus", ONNX, ReferenceBackend, package="onnx", devices=("auto", "beads"))
'''


@pytest.fixture
def abacus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "abacus.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "abacus", raising=False)
    monkeypatch.setitem(BACKENDS, "abacus", importlib.import_module("abacus").OPENER)


@pytest.mark.usefixtures("abacus")
def test_it_runs_a_model_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    line = "--backend abacus --device beads --accuracy --count 2 --no-progress --output out"
    mobilenet.main(line.split())
    assert "abacus, beads" in capsys.readouterr().out
    score = Path("out", "accuracy.txt").read_text(encoding="utf-8")
    assert score.startswith("accuracy=100.000%, good=2, total=2\n")


@pytest.mark.usefixtures("abacus")
@pytest.mark.parametrize("name", APPS)
def test_every_app_offers_it(name: str) -> None:
    app = APPS[name]
    assert "abacus" in app.backends
    parsed = importlib.import_module(f"{app.package}.arguments").parse(["--backend", "abacus"])
    (args, *_) = parsed if isinstance(parsed, list) else [parsed]
    assert args.backend == "abacus"


def test_no_app_asks_which_backend_runs_it() -> None:
    names = "|".join(BACKENDS)
    asked = re.compile(rf"backend\s*(?:==|!=|in)\s*[(\[{{]?\s*['\"](?:{names})['\"]")
    folder = Path(__file__).parents[2] / "reference_apps"
    asking = [path for path in folder.rglob("*.py") if asked.search(path.read_text())]
    assert asking == []
    assert asked.search('if args.backend == "torch":')
