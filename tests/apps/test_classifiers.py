"""ResNet50 and MobileNet: real runs of synthetic models on pictures that they labelled themselves.
What is lost on the way, and only that, scores below 100 %.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from apps.running import backends_of, score_line
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
from numpy.typing import NDArray

from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.resnet50 import model as resnet50_model
from reference_apps.resnet50.model import ResNet50
from reference_apps.vision import accuracy_imagenet, classifier, preprocessing
from reference_apps.vision.arguments import parse_classifier
from reference_apps.vision.classifier import Classifier
from reference_apps.vision.imagenet import ImageNet
from reference_apps.vision.synthetic_data import synthetic_imagenet

ROOT = Path(__file__).parents[2]
CLASSIFIERS = {"resnet50": resnet50.CLASSIFIER, "mobilenet": mobilenet.CLASSIFIER}
BACKENDS = backends_of("mobilenet")


def run(model: Classifier, *arguments: str) -> lg.Report:
    words = [*arguments, "--no-progress", "--output", "out"]
    return classifier.run(model, parse_classifier(model.app, model.defaults, words))


def data(model: Classifier) -> ImageNet:
    return synthetic_imagenet(model.synthetic, model.preprocess)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CLASSIFIERS)
class TestEveryBackend:
    def test_loses_nothing(self, name: str, backend: str) -> None:
        run(CLASSIFIERS[name], "--accuracy", "--backend", backend, "--count", "8")
        assert score_line() == "accuracy=100.000%, good=8, total=8"
        log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
        labels = data(CLASSIFIERS[name]).labels[:8]
        assert b"".join(log.data) == labels.astype("<f4").tobytes()

    def test_answers_a_performance_run(self, name: str, backend: str) -> None:
        report = run(
            CLASSIFIERS[name], "--backend", backend, "--count", "8", "--scenario", "Offline"
        )
        assert report.valid
        assert report.error_count == 0


def test_no_more_pictures_are_loaded_than_the_model_says() -> None:
    model = dataclasses.replace(mobilenet.CLASSIFIER, performance_sample_count=3)
    arguments = ("--scenario", "Offline", "--time", "0.1", "--qps", "5")
    report = run(model, "--backend", "null", "--count", "8", *arguments)
    assert report.settings.performance_sample_count == 3
    report = run(model, "--backend", "null", "--count", "2", *arguments)
    assert report.settings.performance_sample_count == 2


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    model = mobilenet.CLASSIFIER
    run(model, "--scenario", scenario, "--accuracy", "--count", "10", "--qps", "50")
    assert score_line() == "accuracy=100.000%, good=10, total=10"
    report = run(
        model, "--scenario", scenario, "--time", "0.5", "--qps", "5", "--samples-per-query", "2"
    )
    assert report.has_performance
    assert report.missing_samples == 0
    assert report.settings.scenario.name == scenario


def test_pictures_get_different_answers() -> None:
    for model in CLASSIFIERS.values():
        labels = data(model).labels
        assert len(set(labels.tolist())) > 10


Break = Callable[[Any], Any]


def _of_input(change: Callable[[NDArray[Any]], NDArray[Any]]) -> Break:
    def broken(preprocess: Any) -> Any:
        def preprocessed(picture: NDArray[np.uint8]) -> NDArray[Any]:
            return change(preprocess(picture))

        preprocessed.__name__ = f"broken_{change.__name__}"
        return preprocessed

    return broken


def blue_first(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(pixels[..., ::-1])


def turned(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(pixels.transpose(1, 0, 2))


def brighter(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels * np.float32(1.2)


class TestWhatIsBrokenScoresLess:
    @pytest.mark.parametrize("change", [blue_first, turned, brighter])
    def test_inputs(self, change: Any) -> None:
        model = mobilenet.CLASSIFIER
        data(model)
        broken = dataclasses.replace(model, preprocess=_of_input(change)(model.preprocess))
        run(broken, "--accuracy", "--backend", "onnxruntime")
        assert float(score_line().split("=")[1].split("%")[0]) < 90

    def test_labels_that_are_one_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        predict = classifier.predict
        monkeypatch.setattr(classifier, "predict", lambda model, images: predict(model, images) + 1)
        run(mobilenet.CLASSIFIER, "--accuracy", "--count", "10")
        assert score_line() == "accuracy=0.000%, good=0, total=10"


class TestModelFiles:
    def test_torchvision_weights_bring_their_own_pre_processing(self, tmp_path: Path) -> None:
        torch.save(ResNet50(1000, same_pool=False).state_dict(), tmp_path / "resnet50.pth")
        found = resnet50_model.load(tmp_path / "resnet50.pth")
        assert found.preprocess is preprocessing.torchvision
        assert not found.background

    def test_weights_of_another_network_are_refused(self, tmp_path: Path) -> None:
        torch.save({"fc.bias": torch.zeros(10)}, tmp_path / "other.pth")
        with pytest.raises(
            ValueError, match=r"other\.pth is not a ResNet50: fc\.bias has 10 values"
        ):
            resnet50_model.load(tmp_path / "other.pth")
        torch.save({"fc.bias": torch.zeros(1001)}, tmp_path / "other.pth")
        with pytest.raises(ValueError, match=r"(?s)other\.pth is not a ResNet50: .*Missing key"):
            resnet50_model.load(tmp_path / "other.pth")

    def test_the_synthetic_model_as_files(self, tmp_path: Path) -> None:
        synthetic = mobilenet.CLASSIFIER.synthetic
        torch.save(synthetic.network().state_dict(), tmp_path / "net.pth")
        files = {"onnxruntime": synthetic.file("onnx"), "torch": tmp_path / "net.pth"}
        if find_spec("tensorflow") is not None:
            files["tensorflow"] = synthetic.file("graph")
        for backend, file in files.items():
            arguments = ("--accuracy", "--count", "4", "--backend", backend, "--model", str(file))
            run(mobilenet.CLASSIFIER, *arguments)
            assert score_line() == "accuracy=100.000%, good=4, total=4"


class TestTensorNames:
    def test_they_can_be_given(self) -> None:
        names = ("--inputs", "input:0", "--outputs", "MobilenetV1/Predictions/Reshape_1:0")
        run(mobilenet.CLASSIFIER, "--accuracy", "--count", "4", "--backend", "onnxruntime", *names)
        assert score_line() == "accuracy=100.000%, good=4, total=4"

    def test_an_input_that_is_not_there_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"has no input image; its inputs are input:0"):
            run(mobilenet.CLASSIFIER, "--backend", "onnxruntime", "--inputs", "image")

    def test_an_output_that_is_not_there_is_named(self) -> None:
        with pytest.raises(
            ValueError, match=r"has no output ArgMax:0; its outputs are MobilenetV1/"
        ):
            run(mobilenet.CLASSIFIER, "--backend", "onnxruntime", "--outputs", "ArgMax:0")

    def test_a_layout_that_the_model_does_not_take_ends_the_run(self) -> None:
        with pytest.raises(Exception, match=r"(?i)dim|channel|shape"):
            run(mobilenet.CLASSIFIER, "--backend", "onnxruntime", "--data-format", "NHWC")


class TestTheScreen:
    def test_it_says_that_these_are_not_the_trained_weights(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(mobilenet.CLASSIFIER, "--accuracy", "--count", "2")
        assert "NOT the trained weights" in capsys.readouterr().out

    def test_run_py_and_the_accuracy_command(self, tmp_path: Path) -> None:
        program = ROOT / "reference_apps" / "mobilenet" / "run.py"
        arguments = ["--accuracy", "--count", "6", "--output", "made", "--no-progress"]
        shown = subprocess.run(
            [sys.executable, str(program), *arguments], capture_output=True, text=True, check=True
        ).stdout
        assert "accuracy=100.000%, good=6, total=6" in shown

    def test_the_command_agrees(self, capsys: pytest.CaptureFixture[str]) -> None:
        run(mobilenet.CLASSIFIER, "--accuracy", "--count", "6")
        capsys.readouterr()
        folder = data(mobilenet.CLASSIFIER).folder
        accuracy_imagenet.main(
            [
                *("--mlperf-accuracy-file", "out/mlperf_log_accuracy.json"),
                *("--imagenet-val-file", str(folder / "val_map.txt")),
            ]
        )
        assert capsys.readouterr().out.strip() == score_line()
