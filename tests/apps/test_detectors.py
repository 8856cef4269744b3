"""SSD-MobileNet and SSD-ResNet34: real runs of stand-ins on pictures whose boxes they found
themselves. What is lost on the way, and only that, scores below 100.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log

from reference_apps.common import accuracy_coco, arguments, detections, detector
from reference_apps.common.arguments import ModelOptions
from reference_apps.common.coco import read_coco
from reference_apps.common.detector import Design
from reference_apps.common.generated_coco import CATEGORY_IDS
from reference_apps.common.onnx_file import input_names
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34
from reference_apps.ssd_resnet34.tensors import GRAPH_OUTPUTS

BACKENDS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name == "tensorflow" and find_spec("tensorflow") is None, reason="no tensorflow"
        ),
    )
    for name in arguments.BACKENDS
]


def run(design: Design, *arguments: str) -> lg.Report:
    return detector.main(design, [*arguments, "--no-progress", "--output", "out"])


def score() -> float:
    line = Path("out", "accuracy.txt").read_text(encoding="utf-8").splitlines()[0]
    return float(line.removeprefix("mAP=").removesuffix("%"))


def rows() -> list[Any]:
    log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
    return [np.frombuffer(data, np.float32).reshape(-1, 7) for data in log.data]


@pytest.mark.parametrize("backend", BACKENDS)
def test_ssd_mobilenet_loses_nothing(backend: str) -> None:
    run(ssd_mobilenet.DESIGN, "--accuracy", "--backend", backend)
    assert score() == 100
    made = rows()
    assert len(made) == 32
    assert sum(map(len, made)) > 32
    assert max(map(len, made)) <= 100
    assert {int(kind) for table in made for kind in table[:, 6]} <= set(CATEGORY_IDS)


@pytest.mark.parametrize("backend", BACKENDS)
def test_ssd_resnet34_loses_nothing(backend: str) -> None:
    run(ssd_resnet34.DESIGN, "--accuracy", "--backend", backend)
    assert score() == 100
    assert sum(map(len, rows())) > 2


class TestSsdResNet34FromTensorFlowAsOnnx:
    def test_a_file_is_known_by_its_tensors(self) -> None:
        file = ssd_resnet34.TENSORFLOW.stand_in.onnx_file()
        assert input_names(file) == ["image:0"]
        run(ssd_resnet34.DESIGN, "--accuracy", "--model", str(file))
        assert score() == 100

    def test_without_a_file_the_layout_asks_for_it(self) -> None:
        form = ssd_resnet34.open_form("onnxruntime", ModelOptions(layout="NHWC"))
        assert form.origin is ssd_resnet34.TENSORFLOW
        assert form.backend.inputs == ("image:0",)
        assert form.backend.outputs == GRAPH_OUTPUTS
        assert form.layout == "NHWC"

    def test_what_is_no_onnx_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "not.onnx").write_bytes(b"not a model")
        with pytest.raises(ValueError, match=r"not\.onnx is not an ONNX file"):
            run(ssd_resnet34.DESIGN, "--model", str(tmp_path / "not.onnx"))


def test_a_form_that_a_stand_in_does_not_come_in() -> None:
    with pytest.raises(ValueError, match=r"ssd-resnet34 does not come as a \.pb file"):
        ssd_resnet34.PYTORCH.stand_in.frozen_graph()


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    arguments = ("--scenario", scenario, "--qps", "20", "--samples-per-query", "3")
    run(ssd_mobilenet.DESIGN, *arguments, "--accuracy", "--count", "7")
    assert score() == 100
    report = run(ssd_mobilenet.DESIGN, *arguments, "--time", "0.5")
    assert report.has_performance
    assert report.missing_samples == 0


class TestWhatIsBrokenScoresLess:
    def test_boxes_turned_round(self, monkeypatch: pytest.MonkeyPatch) -> None:
        straight = detections.Detections.rows
        monkeypatch.setattr(
            detections.Detections,
            "rows",
            lambda self, index: np.ascontiguousarray(
                straight(self, index)[:, (0, 2, 1, 4, 3, 5, 6)]
            ),
        )
        run(ssd_mobilenet.DESIGN, "--accuracy")
        assert score() < 50

    def test_classes_that_are_one_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        straight = detections.Detections.rows
        monkeypatch.setattr(
            detections.Detections,
            "rows",
            lambda self, index: straight(self, index) + np.float32([0, 0, 0, 0, 0, 0, 1]),
        )
        run(ssd_mobilenet.DESIGN, "--accuracy")
        assert score() < 10

    def test_a_threshold_that_is_too_high(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ssd_mobilenet, "ABOVE", 0.45)
        run(ssd_mobilenet.DESIGN, "--accuracy", "--backend", "torch")
        assert score() < 90

    def test_labels_taken_for_category_ids(self) -> None:
        run(ssd_resnet34.DESIGN, "--accuracy", "--backend", "onnxruntime")
        assert score() == 100
        log = read_accuracy_log("out/mlperf_log_accuracy.json")
        data = detector.generated(ssd_resnet34.DESIGN, ssd_resnet34.PYTORCH)
        verdict = accuracy_coco.judge(log, data, labels=False)
        assert verdict.mean_average_precision < 0.9


def test_the_command_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    run(ssd_mobilenet.DESIGN, "--accuracy", "--count", "5")
    shown = capsys.readouterr().out
    assert "NOT the trained weights" in shown
    data = detector.generated(ssd_mobilenet.DESIGN, ssd_mobilenet.ORIGIN)
    accuracy_coco.main(
        [
            *("--mlperf-accuracy-file", "out/mlperf_log_accuracy.json"),
            *("--coco-dir", str(data.folder)),
        ]
    )
    assert capsys.readouterr().out.strip().splitlines()[-1] == "mAP=100.000%"
    assert Path("coco-results.json").is_file()


def test_the_stand_in_as_a_pickled_module(tmp_path: Path) -> None:
    torch.save(ssd_mobilenet.STAND_IN.network(), tmp_path / "ssd_mobilenet_v1.pytorch")
    file = str(tmp_path / "ssd_mobilenet_v1.pytorch")
    run(ssd_mobilenet.DESIGN, "--accuracy", "--count", "5", "--backend", "torch", "--model", file)
    assert score() == 100


def test_a_folder_of_ones_own() -> None:
    data = detector.generated(ssd_mobilenet.DESIGN, ssd_mobilenet.ORIGIN)
    assert read_coco(data.folder).pictures == data.pictures
    run(ssd_mobilenet.DESIGN, "--accuracy", "--count", "3", "--dataset-path", str(data.folder))
    assert score() == 100
