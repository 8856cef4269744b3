"""Command lines of the official apps, and what is imported before one is read."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.harness.backends import ONNX

from reference_apps.bert import app as bert
from reference_apps.bert.arguments import DATA, MODELS, VOCABULARY
from reference_apps.registry import APPS
from reference_apps.vision import __main__ as vision
from reference_apps.vision.profiles import DATASETS, check_dataset

ROOT = Path(__file__).parents[2]
FOLDER = "build/data/" + MODELS
NNUNET = "build/result/nnUNet/3d_fullres/Task043_BraTS2019/nnUNetTrainerV2__nnUNetPlansv2.mlperf.1"
HEAVY = ("torch", "cv2", "onnxruntime", "tensorflow", "sklearn", "skimage", "transformers")
# App, what the official script is called with, and something that this means.
LINES = [
    ("bert", "--backend=tf --scenario=Offline", {"backend": "tensorflow"}),
    ("bert", "--backend=pytorch --scenario=SingleStream --accuracy", {"accuracy": True}),
    ("bert", "--backend=onnxruntime --scenario=Server --quantized", {"quantized": True}),
    (
        "bert",
        "--backend=tf --max_examples 10 --mlperf_conf build/mlperf.conf",
        {"max_examples": 10},
    ),
    ("bert", "--backend=tf --user_conf user.conf", {"user_conf": Path("user.conf")}),
    (
        "dlrm",
        "--profile dlrm-terabyte-pytorch --mlperf_conf mlperf.conf --model dlrm --model-path FILE "
        "--dataset terabyte --dataset-path DIR --output out --max-ind-range=40000000 "
        "--samples-to-aggregate-quantile-file=FILE --max-batchsize=2048 "
        "--samples-per-query-offline=204800 --scenario Offline --mlperf-bin-loader",
        {"model_path": Path("FILE"), "model_name": "dlrm", "backend": "torch"},
    ),
    (
        "dlrm",
        "--profile tf_dlrm-kaggle-tensorflow --model tf_dlrm --model-path FILE --dataset kaggle "
        "--dataset-path DIR --output out --count-samples 100 --count-queries 10 --duration 1000 "
        "--target-qps 5 --max-latency 0.1 --use-gpu --accuracy",
        {"model_name": "tf_dlrm", "dataset": "kaggle", "time": 1.0, "device": "cuda"},
    ),
    (
        "rnnt",
        "--dataset_dir DIR --manifest FILE --pytorch_config_toml FILE --pytorch_checkpoint FILE "
        "--scenario Offline --backend pytorch --log_dir out --perf_count 5 --accuracy",
        {"dataset_path": Path("DIR"), "output": Path("out"), "backend": "torch"},
    ),
    ("unet3d", "--backend=pytorch --scenario=Offline", {"backend": "torch"}),
    ("unet3d", "--backend=pytorch --scenario=Offline --accuracy --model_dir=DIR", {}),
    ("unet3d", "--backend=onnxruntime --scenario=SingleStream --model=FILE", {}),
    ("unet3d", "--backend=tf --scenario=Offline --model=FILE --performance_count 2", {}),
    ("gnmt", "--scenario SingleStream --mode Accuracy --store_translation", {"accuracy": True}),
    ("gnmt", "--scenario Offline --batch_size 64 --verbose", {"max_batchsize": 64}),
    ("gnmt", "--scenario Server --max-latency 0.5 --qps 10 --debug_settings", {"qps": 10.0}),
    (
        "vision",
        "--model FILE --dataset-path DIR",
        {"model_name": "resnet50", "backend": "tensorflow", "scenario": "SingleStream"},
    ),
    (
        "vision",
        "--dataset imagenet_mobilenet --backend onnxruntime --model FILE --dataset-path DIR "
        "--scenario Offline --max-batchsize 8 --time 10 --count 5 --samples-per-query 4",
        {"model_name": "mobilenet", "backend": "onnxruntime", "scenario": "Offline", "count": 5},
    ),
    (
        "vision",
        "--dataset coco-1200 --model FILE --dataset-path DIR --inputs image:0",
        {"model_name": "ssd-resnet34", "dataset": "coco-1200"},
    ),
    (
        "vision",
        "--profile resnet50-tf --backend null --model FILE --dataset-path DIR --dataset-list FILE",
        {"model_name": "resnet50", "backend": "null", "dataset": None},
    ),
    (
        "vision",
        "--profile ssd-mobilenet-tf --backend null --model FILE --dataset-path DIR --threads 4",
        {"model_name": "ssd-mobilenet", "backend": "null", "dataset": "coco-300"},
    ),
    ("vision", "--model-name ssd-mobilenet --find-peak-performance --scenario Server", {}),
]


def parsed(app: str, words: list[str]) -> argparse.Namespace:
    package = f"reference_apps.{app}"
    if app == "vision":
        package, words = vision.choice(words)
    found = import_module(f"{package}.arguments").parse(words)
    args: argparse.Namespace = found[0] if isinstance(found, list) else found
    return args


@pytest.mark.parametrize(("app", "line", "meant"), LINES)
def test_an_official_line(app: str, line: str, meant: dict[str, object]) -> None:
    Path("build").mkdir()
    for file in ("FILE", "mlperf.conf", "user.conf", "build/mlperf.conf"):
        Path(file).touch()
    Path("DIR").mkdir()
    args = parsed(app, line.split())
    assert {name: getattr(args, name) for name in meant} == meant
    if args.model_path is None:
        assert "FILE" not in line or "--pytorch" in line
    if app == "vision":
        check_dataset(args.model_name, args.backend, args.dataset)


@pytest.mark.parametrize(
    ("app", "line", "model", "data"),
    [
        ("bert", "--backend tf", f"{FOLDER}/model.pb", f"build/data/{DATA}"),
        ("bert", "--backend pytorch", f"{FOLDER}/model.pytorch", f"build/data/{DATA}"),
        ("bert", "--quantized", f"{FOLDER}/bert_large_v1_1_fake_quant.onnx", f"build/data/{DATA}"),
        ("unet3d", "--backend tf", "build/model/224_224_160.pb", "build/preprocessed_data/a.pkl"),
        ("unet3d", "", f"{NNUNET}/plans.pkl", "build/preprocessed_data/a.pkl"),
        ("gnmt", "", "ende_gnmt_model_4_layer/translate.ckpt.index", "nmt/data/vocab.bpe.32000.en"),
    ],
)
def test_the_places_of_the_official_files_are_looked_at(
    app: str, line: str, model: str, data: str
) -> None:
    before = parsed(app, line.split())
    assert before.model_path is before.dataset_path is None
    for file in (model, data):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
    args = parsed(app, line.split())
    found = args.model_path or args.model_dir
    assert str(found) == model.removesuffix(".index").removesuffix("/plans.pkl")
    assert args.dataset_path == Path(data).parent


def test_official_files_in_their_places_are_run() -> None:
    squad = bert.synthetic_squad()
    Path(FOLDER).mkdir(parents=True)
    shutil.copy(squad / DATA, "build/data")
    shutil.copy(squad / VOCABULARY, FOLDER)
    shutil.copy(bert.SYNTHETIC.file(ONNX), Path(FOLDER, "model.onnx"))
    report = bert.main(["--backend=onnxruntime", "--accuracy", "--max_examples", "3"])
    assert report.sut_name == "bert"
    assert "NOT" not in Path("results/bert/Offline/accuracy/accuracy.txt").read_text()


class TestVision:
    """One app, as the official main.py."""

    LINE = ("--dataset", "imagenet_mobilenet", "--count", "3", "--no-progress", "--output", "out")

    def test_results_json_of_an_accuracy_run(self) -> None:
        report = vision.main([*self.LINE, "--backend", "onnxruntime", "--accuracy"])
        assert report.sut_name == "mobilenet (synthetic model and data)"
        found = json.loads(Path("out/results.json").read_text(encoding="utf-8"))
        figures = found["SingleStream"]
        assert found["runtime"] == "onnxruntime"
        assert found["version"]
        assert "count=3" in found["cmdline"]
        assert (figures["good_items"], figures["total_items"], figures["count"]) == (3, 3, 3)
        assert figures["accuracy"] == 100.0
        assert figures["mean"] is None  # no latencies are measured

    def test_results_json_of_a_performance_run_and_the_null_backend(self) -> None:
        report = vision.main([*self.LINE, "--backend", "null"])
        assert report.query_count == 3
        found = json.loads(Path("out/results.json").read_text(encoding="utf-8"))
        figures = found["SingleStream"]
        seconds = np.asarray(report.latencies_ns) * 1e-9
        assert found["runtime"] == "null"
        assert figures["mean"] == pytest.approx(seconds.mean())
        assert set(figures["percentiles"]) == {"50.0", "80.0", "90.0", "95.0", "99.0", "99.9"}
        assert figures["percentiles"]["50.0"] == pytest.approx(np.median(seconds))
        assert figures["qps"] == pytest.approx(3 / figures["took"])
        assert "accuracy" not in figures

    def test_a_detector_and_its_score(self) -> None:
        line = ["--profile", "ssd-mobilenet-pytorch", "--backend", "null", "--count", "2"]
        vision.main([*line, "--accuracy", "--dataset", "coco-300", "--output", "out"])
        found = json.loads(Path("out/results.json").read_text(encoding="utf-8"))
        assert found["SingleStream"]["mAP"] == 0.0  # it finds nothing

    def test_the_choice_without_a_profile(self) -> None:
        for model, by_backend in DATASETS.items():
            for dataset in (name for names in by_backend.values() for name in names):
                package, _ = vision.choice(["--dataset", dataset])
                assert package == f"reference_apps.{model.replace('-', '_')}"
        assert vision.choice(["--model-name", "mobilenet"])[0] == "reference_apps.mobilenet"

    def test_help_without_a_profile(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            vision.choice(["--help"])
        assert not stop.value.code
        assert "resnet50-onnxruntime" in capsys.readouterr().out
        assert vision.choice(["--profile", "mobilenet-tf", "--help"])[1][-1] == "--help"


def test_the_name_of_dlrm_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("dlrm", ["--model", "tb00_40M.pt"])
    assert "not 'tb00_40M.pt'; its file is --model-path" in capsys.readouterr().err


def test_nothing_heavy_is_imported_for_a_command_line() -> None:
    """For --help of each app and tool."""
    modules = [f"reference_apps.{app}.arguments" for app in APPS]
    modules += ["reference_apps.run_all", "reference_apps.vision", "benchmarks.apps"]
    modules += [
        f"reference_apps.{tool}"
        for tool in (
            *("vision.accuracy_imagenet", "vision.accuracy_coco", "bert.accuracy_squad"),
            *("dlrm.accuracy_dlrm", "dlrm.preprocess", "dlrm.fake_criteo", "rnnt.convert"),
            *("rnnt.accuracy_eval", "gnmt.process_accuracy", "unet3d.accuracy_brats"),
            *("unet3d.preprocess", "unet3d.task043"),
        )
    ]
    program = (
        "import importlib, sys\n"
        f"for module in {modules!r}: importlib.import_module(module)\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_run_py_as_a_program() -> None:
    program = [sys.executable, str(ROOT / "reference_apps" / "bert" / "run.py")]
    shown = subprocess.run([*program, "--help"], capture_output=True, text=True, check=True)
    assert "--max_examples" in shown.stdout
    wrong = [*program, "--dataset-path", ".", "--vocab_file", str(ROOT / "README.md")]
    done = subprocess.run(wrong, capture_output=True, text=True)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "run.py: error: " in done.stderr
