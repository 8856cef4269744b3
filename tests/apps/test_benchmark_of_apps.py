"""The benchmark of the apps runs, and sees what it is to see. What it finds is not a test's
business.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import apps
from benchmarks.watched import watched
from reference_apps.mobilenet import app as mobilenet
from reference_apps.registry import Entry
from reference_apps.vision import classifier

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read /proc")

FIGURES = apps.Figures(
    app="mobilenet",
    backend="torch",
    workers=2,
    batch=8,
    alone=[100.0, 120.0, 90.0],
    offline=[99.0, 118.0, 90.0],
    outside=[0.01, 0.015, 0.03],
    around=[0.001, 0.001, 0.002],
    server=97.0,
    server_batch=5.5,
)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--app", "mobilenet", "--backend", "onnxruntime", "--seconds", "0.3", "--repeat", "1"]
    file = tmp_path / "made" / "apps.json"
    apps.main([*asked, "--max-batchsize", "2", "--threads", "1", "--json", str(file)])
    shown = capsys.readouterr().out
    assert "mobilenet" in shown
    assert "1 x 2" in shown
    (found,) = json.loads(file.read_text(encoding="utf-8"))["apps"]
    assert (found["workers"], found["batch"]) == (1, 2)
    assert found["alone"][0] > 0
    assert found["offline"][0] > 0
    assert 0 < found["outside"][0] < 0.5
    assert 0 < found["around"][0] < 0.5
    assert 1 <= found["server_batch"] <= 2
    assert found["server"] > 0


def test_it_sees_what_predict_does_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = classifier.predict

    def slow(model: Any, images: Any) -> Any:
        answers = straight(model, images)
        end = time.perf_counter() + 0.02
        while time.perf_counter() < end:
            pass
        return answers

    monkeypatch.setattr(classifier, "predict", slow)
    with watched() as watch:
        mobilenet.main(["--count", "7", "--qps", "9", "--threads", "1", "--max-batchsize", "2"])
    (worker,) = watch.workers.values()
    assert (worker.batches, worker.samples) == (watch.batches, watch.samples) == (3, 5)
    assert 0 < worker.model <= worker.predict - 3 * 0.02
    assert worker.predict <= worker.end - worker.begin == watch.seconds
    assert watch.share(lambda worker: worker.predict - worker.model) > 0
    assert watch.kept_samples == 2
    assert len(watch.kept) == 3
    watch.kept[0]()


def test_a_run_that_is_too_short_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entry, "main", lambda self, argv: None)  # runs nothing
    with pytest.raises(ValueError, match=r"--seconds 0\.001 is too short for mobilenet on torch"):
        apps.measure("mobilenet", "torch", seconds=0.001)


class TestTheTable:
    def test_a_row(self) -> None:
        assert FIGURES.cells() == (
            *("mobilenet", "torch", "2 x 8", "100 (90-120)", "99 (90-118)"),
            *("0.99 (0.983-1)", "1.5 (1-3)", "reached", "0.1 (0.1-0.2)", "0.98", "5.5"),
        )
        assert len(apps.HEADINGS) == len(FIGURES.cells())

    def test_two_percent_are_too_much(self) -> None:
        assert "SHORT" in dataclasses.replace(FIGURES, outside=[0.02]).cells()


@pytest.mark.parametrize("wrong", [["--app", "nonesuch"], ["--repeat", "0"], ["--seconds", "-1"]])
def test_wrong_arguments(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        apps.parse(wrong)
