"""The end of the PyTorch model of SSD-ResNet34 against the official rules, one box at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from reference_apps.common.checkpoint import load_into
from reference_apps.ssd_resnet34 import app
from reference_apps.ssd_resnet34.model import SsdResNet34
from reference_apps.ssd_resnet34.processing import suppress
from reference_apps.vision.arguments import VisionOptions
from reference_apps.vision.detector import DetectorNetwork

Table = NDArray[np.float32]


def overlap(a: Table, b: Table, clamp: Callable[[np.float32], np.float32]) -> float:
    width = clamp(min(a[2], b[2]) - max(a[0], b[0]))
    height = clamp(min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return float(width * height / (sum(areas) - width * height))


def expected(boxes: Table, scores: Table, *, clamped: bool) -> list[list[float]]:
    """Rows of box as xmin, ymin, xmax, ymax, score, class, in ascending order of score."""

    def clamp(side: np.float32) -> np.float32:
        return max(side, np.float32(0)) if clamped else side

    found = []
    for kind in range(1, scores.shape[1]):
        left = sorted((score, place) for place, score in enumerate(scores[:, kind]) if score > 0.05)
        left = left[-200:]
        while left:
            score, best = left.pop()
            found.append([*boxes[best], score, kind])
            left = [one for one in left if overlap(boxes[best], boxes[one[1]], clamp) < 0.5]
    return [[float(x) for x in row] for row in sorted(found, key=lambda row: row[4])[-200:]]


def scene(seed: int) -> tuple[Table, Table]:
    """Small boxes, many of them apart in both axes, in few classes."""
    random = np.random.default_rng(seed)
    corners = random.random((60, 2)) * 0.4
    boxes = np.concatenate([corners, corners + 0.05 + 0.2 * random.random((60, 2))], axis=1)
    scores = random.random((60, 4)) ** 3
    return boxes.astype(np.float32), scores.astype(np.float32)


@pytest.mark.parametrize("clamped", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_as_the_rules_have_it(seed: int, clamped: bool) -> None:
    boxes, scores = scene(seed)
    rows = suppress(clamped=clamped)((boxes[None], scores[None]), 0).rows(7)
    np.testing.assert_array_equal(
        rows[:, (2, 1, 4, 3, 5, 6)], np.array(expected(boxes, scores, clamped=clamped), np.float32)
    )
    assert (np.diff(rows[:, 5]) >= 0).all()


def test_the_official_form_finds_less() -> None:
    counts = [
        [len(expected(*scene(seed), clamped=clamped)) for seed in range(6)]
        for clamped in (False, True)
    ]
    assert sum(counts[0]) < sum(counts[1])


def found(boxes: list[list[float]], scores: list[float], *, clamped: bool = False) -> list[float]:
    """The scores of what is found of one class."""
    table = np.array([[0, score] for score in scores], np.float32)
    outputs = np.array([boxes], np.float32), table[None]
    return [float(score) for score in suppress(clamped=clamped)(outputs, 0).scores]


def test_an_overlap_exactly_at_the_limit_is_too_much() -> None:
    assert found([[0, 0, 1, 1], [0, 0, 0.5, 1]], [0.75, 0.5]) == [0.75]
    assert found([[0, 0, 1, 1], [0, 0, 0.4375, 1]], [0.75, 0.5]) == [0.5, 0.75]


def test_two_boxes_apart_in_both_axes() -> None:
    boxes = [[0.0, 0, 0.25, 0.25], [0.5, 0.5, 0.75, 0.75]]  # gap and areas are 1/16 each
    assert found(boxes, [0.75, 0.5]) == [0.75]
    assert found(boxes, [0.75, 0.5], clamped=True) == [0.5, 0.75]


def test_a_score_at_the_threshold_does_not_count() -> None:
    assert found([[0, 0, 1, 1]], [0.05]) == []


def test_a_picture_without_boxes_answers_for_itself_only() -> None:
    boxes, scores = scene(0)
    outputs = np.stack([boxes, boxes]), np.stack([scores, scores * 0])
    detections = suppress(clamped=False)
    assert len(detections(outputs, 0).rows(0)) > 0
    assert detections(outputs, 1).rows(1).shape == (0, 7)


def test_clamped_overlaps_are_asked_of_pytorch_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DetectorNetwork, "spec", lambda self, options: self)
    formats, clamped = app.DETECTOR.formats, VisionOptions(clamp_overlaps=True)
    opened: list[object] = [formats["torch"](each) for each in (clamped, VisionOptions())]
    assert opened == [app.CLAMPED, app.PYTORCH]
    for format in ("onnx", "graph"):
        with pytest.raises(ValueError, match="--clamp-overlaps requires --backend torch"):
            formats[format](clamped)


def test_the_names_of_the_official_class(tmp_path: Path) -> None:
    """Whatever the order in which it has heads and blocks."""
    network = SsdResNet34()
    theirs = {"box_heads": "loc", "class_heads": "conf", "extras": "additional_blocks"}
    state = {}
    for name, tensor in network.state_dict().items():
        first, _, rest = name.partition(".")
        state[f"{theirs.get(first, 'model')}.{rest}"] = tensor
    heads_first = sorted(state, key=lambda name: not name.startswith(("loc", "conf")))
    torch.save({name: state[name] for name in heads_first}, tmp_path / "r34.pytorch")
    loaded = load_into(SsdResNet34(), tmp_path / "r34.pytorch", app.PYTORCH.names).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in network.state_dict().items())
