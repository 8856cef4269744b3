"""SSD-MobileNet and SSD-ResNet34: real runs of synthetic models on pictures whose boxes they found
themselves. What is lost on the way, and only that, scores below 100.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from apps.running import backends_of, score_line
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log

from reference_apps.common.model import open_model
from reference_apps.common.onnx_file import input_names
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34
from reference_apps.ssd_resnet34.formats import GRAPH_OUTPUTS
from reference_apps.vision import accuracy_coco, detections, detector
from reference_apps.vision.arguments import VisionOptions, parse_detector
from reference_apps.vision.coco import Coco, read_coco
from reference_apps.vision.detector import Detector
from reference_apps.vision.synthetic_data import CATEGORY_IDS

BACKENDS = backends_of("ssd_mobilenet")


def run(model: Detector, *arguments: str) -> lg.Report:
    words = [*arguments, "--no-progress", "--output", "out"]
    return detector.run(model, parse_detector(model.app, model.defaults, words))


def pictures() -> Coco:
    return detector.synthetic_data(ssd_mobilenet.DETECTOR, ssd_mobilenet.NETWORK)


def score() -> float:
    return float(score_line().removeprefix("mAP=").removesuffix("%"))


def rows() -> list[Any]:
    log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
    return [np.frombuffer(data, np.float32).reshape(-1, 7) for data in log.data]


@pytest.mark.parametrize("backend", BACKENDS)
def test_ssd_mobilenet_loses_nothing(backend: str) -> None:
    run(ssd_mobilenet.DETECTOR, "--accuracy", "--backend", backend)
    assert score() == 100
    tables = rows()
    assert len(tables) == 32
    assert sum(map(len, tables)) > 32
    assert max(map(len, tables)) <= 100
    assert {int(kind) for table in tables for kind in table[:, 6]} <= set(CATEGORY_IDS)


@pytest.mark.parametrize("backend", BACKENDS)
def test_ssd_resnet34_loses_nothing(backend: str) -> None:
    run(ssd_resnet34.DETECTOR, "--accuracy", "--backend", backend)
    assert score() == 100
    assert sum(map(len, rows())) > 2


class TestSsdResNet34FromTensorFlowAsOnnx:
    def test_a_file_is_known_by_its_tensors(self) -> None:
        file = ssd_resnet34.TENSORFLOW.synthetic.file("onnx")
        assert input_names(file) == ["image:0"]
        run(ssd_resnet34.DETECTOR, "--accuracy", "--model", str(file))
        assert score() == 100

    def test_without_a_file_the_layout_asks_for_it(self) -> None:
        options = VisionOptions(layout="NHWC")
        model = open_model("onnxruntime", ssd_resnet34.DETECTOR.formats, options)
        assert model.spec.network is ssd_resnet34.TENSORFLOW
        assert model.backend.inputs == ("image:0",)
        assert model.backend.outputs == GRAPH_OUTPUTS
        assert model.layout == "NHWC"

    def test_what_is_no_onnx_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "not.onnx").write_bytes(b"not a model")
        with pytest.raises(ValueError, match=r"not\.onnx is not an ONNX file"):
            run(ssd_resnet34.DETECTOR, "--model", str(tmp_path / "not.onnx"))


def test_a_format_that_a_synthetic_model_does_not_come_in() -> None:
    with pytest.raises(
        ValueError, match="ssd-resnet34 does not come as graph, only as torch, onnx"
    ):
        ssd_resnet34.PYTORCH.synthetic.file("graph")


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    arguments = ("--scenario", scenario, "--qps", "20", "--samples-per-query", "3")
    run(ssd_mobilenet.DETECTOR, *arguments, "--accuracy", "--count", "7")
    assert score() == 100
    report = run(ssd_mobilenet.DETECTOR, *arguments, "--time", "0.5")
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
        run(ssd_mobilenet.DETECTOR, "--accuracy")
        assert score() < 50

    def test_classes_that_are_one_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        straight = detections.Detections.rows
        monkeypatch.setattr(
            detections.Detections,
            "rows",
            lambda self, index: straight(self, index) + np.float32([0, 0, 0, 0, 0, 0, 1]),
        )
        run(ssd_mobilenet.DETECTOR, "--accuracy")
        assert score() < 10

    def test_a_threshold_that_is_too_high(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ssd_mobilenet, "ABOVE", 0.45)
        run(ssd_mobilenet.DETECTOR, "--accuracy", "--backend", "torch")
        assert score() < 90

    def test_labels_taken_for_category_ids(self) -> None:
        run(ssd_resnet34.DETECTOR, "--accuracy", "--backend", "onnxruntime")
        assert score() == 100
        log = read_accuracy_log("out/mlperf_log_accuracy.json")
        data = detector.synthetic_data(ssd_resnet34.DETECTOR, ssd_resnet34.PYTORCH)
        verdict = accuracy_coco.judge(log.unique(), data, labels=False)
        assert verdict.mean_average_precision < 0.9


def test_the_command_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    run(ssd_mobilenet.DETECTOR, "--accuracy", "--count", "5")
    shown = capsys.readouterr().out
    assert "NOT the trained weights" in shown
    data = pictures()
    accuracy_coco.main(
        [
            *("--mlperf-accuracy-file", "out/mlperf_log_accuracy.json"),
            *("--coco-dir", str(data.folder)),
        ]
    )
    assert capsys.readouterr().out.strip().splitlines()[-1] == "mAP=100.000%"
    assert Path("coco-results.json").is_file()


def test_the_synthetic_model_as_a_pickled_module(tmp_path: Path) -> None:
    torch.save(ssd_mobilenet.SYNTHETIC.network(), tmp_path / "ssd_mobilenet_v1.pytorch")
    file = str(tmp_path / "ssd_mobilenet_v1.pytorch")
    run(ssd_mobilenet.DETECTOR, "--accuracy", "--count", "5", "--backend", "torch", "--model", file)
    assert score() == 100


def test_a_folder_of_ones_own() -> None:
    data = pictures()
    assert read_coco(data.folder).pictures == data.pictures
    run(ssd_mobilenet.DETECTOR, "--accuracy", "--count", "3", "--dataset-path", str(data.folder))
    assert score() == 100
