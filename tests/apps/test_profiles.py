"""Command lines of the official vision script, as its run_local.sh makes them, mean here what they
mean there.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import pytest
from mlperf_loadgen.harness.backends import BACKENDS

from reference_apps.mobilenet import app as mobilenet
from reference_apps.registry import APPS
from reference_apps.resnet50 import app as resnet50
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.vision import __main__ as vision
from reference_apps.vision.arguments import options_of
from reference_apps.vision.profiles import DATASETS, PROFILES, check_dataset
from reference_apps.vision.synthetic_data import synthetic_imagenet


def parse(model: str, words: list[str]) -> argparse.Namespace:
    (package,) = (app.package for app in APPS.values() if app.model == model)
    args: argparse.Namespace = import_module(f"{package}.arguments").parse(words)
    return args


CONF = """\
mobilenet.*.performance_sample_count_override = 5
*.SingleStream.min_duration = 60000
*.SingleStream.min_query_count = 1024
*.SingleStream.target_latency = 10
"""
# Model file, profile and what else the script adds, by its arguments; what that means.
LINES = [
    ("resnet50_v1.pb", "resnet50-tf", "", ("tensorflow", None, None, 32)),
    ("resnet50_v1.onnx", "resnet50-onnxruntime", "", ("onnxruntime", None, None, 32)),
    ("mobilenet_v1_1.0_224_frozen.pb", "mobilenet-tf", "", ("tensorflow", None, None, 32)),
    ("mobilenet_v1_1.0_224.onnx", "mobilenet-onnxruntime", "", ("onnxruntime", None, None, 32)),
    (
        "ssd_mobilenet_v1_coco_2018_01_28.pb",
        "ssd-mobilenet-tf",
        "--scenario Server --qps 30 --max-latency 0.1",
        ("tensorflow", "coco-300", None, 32),
    ),
    (
        "ssd_mobilenet_v1_coco_2018_01_28.onnx",
        "ssd-mobilenet-onnxruntime",
        "--data-format NHWC --threads 1 --max-batchsize 1",
        ("onnxruntime", "coco-300", "NHWC", 1),
    ),
    ("resnet34_tf.22.1.pb", "ssd-resnet34-tf", "", ("tensorflow", "coco-1200-tf", None, 32)),
    (
        "resnet34-ssd1200.onnx",
        "ssd-resnet34-onnxruntime",
        "--accuracy",
        ("onnxruntime", "coco-1200-onnx", None, 1),
    ),
    (
        "ssd_resnet34_mAP_20.2.onnx",
        "ssd-resnet34-onnxruntime-tf",
        "--inputs image:0 --outputs detection_bboxes:0,detection_classes:0,detection_scores:0",
        ("onnxruntime", "coco-1200-tf", "NHWC", 32),
    ),
    (
        "resnet34-ssd1200.pytorch",
        "ssd-resnet34-pytorch",
        "--backend pytorch-native --cache 0 --model-name ssd-resnet34",
        ("torch", "coco-1200-pt", None, 32),
    ),
]


@pytest.mark.parametrize(("model", "profile", "more", "meant"), LINES)
def test_a_line_of_run_local(
    model: str,
    profile: str,
    more: str,
    meant: tuple[str, str | None, str | None, int],
    tmp_path: Path,
) -> None:
    for file in (model, "mlperf.conf", "user.conf"):
        (tmp_path / file).touch()
    line = (
        f"--profile {profile} --mlperf_conf mlperf.conf --user_conf user.conf --model {model} "
        f"--dataset-path . --output output/cpu {more}"
    )
    name = PROFILES[profile].model
    args = parse(name, line.split())
    check_dataset(name, args.backend, args.dataset)
    assert (args.backend, args.dataset, args.data_format, args.max_batchsize) == meant
    assert args.scenario == ("Server" if "Server" in more else "SingleStream")
    assert args.model_name == name
    assert options_of(args).path == Path(model)


def test_a_profile_holds_for_its_line_only() -> None:
    line = ["--profile", "ssd-mobilenet-tf"]
    assert parse("ssd-mobilenet", line).backend == "tensorflow"
    fresh = parse("ssd-mobilenet", [])
    assert (fresh.backend, fresh.scenario, fresh.dataset) == ("onnxruntime", "Offline", None)


def test_every_profile_takes_its_data_set() -> None:
    for profile in PROFILES.values():
        assert BACKENDS[profile.backend].format in DATASETS[profile.model]
        check_dataset(profile.model, profile.backend, profile.dataset)


def test_a_whole_run(tmp_path: Path) -> None:
    (tmp_path / "mlperf.conf").write_text(CONF, encoding="utf-8")
    (tmp_path / "user.conf").write_text("*.*.min_query_count = 7\n*.*.min_duration = 1\n")
    data = synthetic_imagenet(
        mobilenet.CLASSIFIER.synthetic, mobilenet.CLASSIFIER.preprocess
    ).folder
    line = [
        *("--profile", "mobilenet-onnxruntime", "--dataset-path", str(data)),
        *("--model", str(mobilenet.CLASSIFIER.synthetic.file("onnx")), "--no-progress"),
        *("--mlperf_conf", "mlperf.conf", "--user_conf", "user.conf", "--output", "output"),
    ]
    with pytest.warns(UserWarning, match="it has no seeds"):
        report = vision.main(line)
    assert report.settings.scenario.name == "SingleStream"
    assert report.settings.performance_sample_count == 5
    assert report.settings.min_query_count == 7  # the file of the user comes last
    assert report.settings.min_duration_ms == 1
    assert report.query_count >= 7
    assert Path("output", "mlperf_log_summary.txt").is_file()


def test_a_data_set_is_a_pre_processing_and_a_meaning_of_the_answers() -> None:
    """Classes of imagenet_pytorch begin at 0: every answer is one off."""
    line = ["--accuracy", "--count", "3", "--no-progress", "--output", "out", "--model-name", "me"]
    resnet50.main([*line, "--dataset", "imagenet"])
    score = Path("out", "accuracy.txt")
    assert score.read_text().startswith("accuracy=100.000%, good=3, total=3\n")
    resnet50.main([*line, "--dataset", "imagenet_pytorch"])
    assert score.read_text().startswith("accuracy=0.000%, good=0, total=3\n")


class TestWhatDoesNotGoTogether:
    def test_data_set_and_backend(self) -> None:
        with pytest.raises(ValueError, match="coco-300-pt does not go with --backend onnx"):
            ssd_mobilenet.main(["--dataset", "coco-300-pt", "--backend", "onnxruntime"])

    def test_an_onnx_file_and_torch(self, tmp_path: Path) -> None:
        (tmp_path / "resnet50_v1.onnx").touch()
        line = ["--profile", "resnet50-onnxruntime", "--backend", "pytorch"]
        with pytest.raises(ValueError, match=r"use --backend onnxruntime for resnet50_v1\.onnx"):
            resnet50.main([*line, "--model", "resnet50_v1.onnx"])

    @pytest.mark.parametrize(
        ("flag", "value"),
        [("--profile", "mobilenet-tf"), ("--dataset", "coco-300"), ("--backend", "tflite")],
    )
    def test_a_name_of_another_app(
        self, flag: str, value: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            resnet50.main([flag, value])
        shown = capsys.readouterr().err
        assert f"argument {flag}: invalid choice: '{value}' (choose from " in shown
