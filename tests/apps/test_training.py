"""SSD-MobileNet that has learnt something: found is what is really there, in scenes never seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from apps.running import score_line

from reference_apps.ssd_mobilenet import app, training
from reference_apps.vision import detections, scenes
from reference_apps.vision.coco import ANNOTATIONS, read_coco


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with weights and scenes."""
    folder = tmp_path_factory.mktemp("trained") / "new"
    training.main(["--output", str(folder), "--examples", "80", "--held-out", "24"])
    return folder


def score(trained: Path, *arguments: str) -> float:
    files = (
        "--model",
        str(trained / "ssd_mobilenet.onnx"),
        "--dataset-path",
        str(trained / "coco"),
    )
    common = ("--accuracy", "--no-progress", "--output", "out")
    app.main([*common, *files, *arguments])
    return float(score_line().removeprefix("mAP=").removesuffix("%"))


def test_it_finds_what_is_there(trained: Path) -> None:
    found = score(trained)
    assert 30 < found < 100
    weights = str(trained / "ssd_mobilenet.pytorch")
    assert score(trained, "--backend", "torch", "--model", weights) == pytest.approx(found, abs=3)


def test_without_what_it_learnt_it_finds_nothing(trained: Path, tmp_path: Path) -> None:
    state = torch.load(trained / "ssd_mobilenet.pytorch", weights_only=True)
    for name in state:
        if name.startswith("class_heads") and name.endswith("weight"):
            state[name] = state[name].flip(1)  # what each channel means
    torch.save(state, tmp_path / "broken.pytorch")
    arguments = ("--backend", "torch", "--model", str(tmp_path / "broken.pytorch"))
    assert score(trained, *arguments) < 10


def test_boxes_that_are_moved_are_worth_less(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = detections.Detections.rows
    moved = np.float32([0, 0.15, 0, 0.15, 0, 0, 0])
    monkeypatch.setattr(
        detections.Detections, "rows", lambda self, index: straight(self, index) + moved
    )
    assert score(trained) < 20


def test_the_boxes_are_those_of_what_was_pasted(tmp_path: Path) -> None:
    drawn = scenes.scenes(3, side=100, seed=1)
    data = scenes.write_coco(tmp_path, drawn)
    assert read_coco(tmp_path).pictures == data.pictures
    assert '"area"' in (tmp_path / ANNOTATIONS).read_text(encoding="utf-8")
    for scene in drawn:
        (box,), (kind,) = scene.truth.boxes * 100, scene.truth.classes
        assert kind in scenes.KINDS
        assert 0 <= box.min() < box.max() <= 100
        top, left, bottom, right = box.round().astype(int)
        assert min(bottom - top, right - left) >= 35
        ground = scene.picture.astype(int)
        outside = np.ones(ground.shape[:2], bool)
        outside[top:bottom, left:right] = False
        steps = np.abs(np.diff(ground, axis=1)).max(axis=2)
        both_outside = outside[:, 1:] & outside[:, :-1]
        assert steps[both_outside].max() <= 8 < steps[top:bottom, left : right - 1].max()


def test_scenes_are_the_same_each_time_and_others_for_another_seed() -> None:
    first, again, other = (scenes.scenes(2, side=60, seed=seed)[1].picture for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("counts", [("--examples", "0"), ("--held-out", "0")])
def test_nothing_to_learn_from(counts: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        training.main(["--output", "new", *counts])
    assert "must be at least 1" in capsys.readouterr().err
    assert not Path("new").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        training.main(["--output", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
