"""Which boxes count, against a slow and obvious version; rows of responses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from apps.running import NEEDS_TENSORFLOW
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray
from torch import Tensor, nn

from reference_apps.common.onnx_file import export
from reference_apps.vision import formats
from reference_apps.vision.detections import (
    Detections,
    overlap_at_most,
    overlaps,
    select,
    until_below,
    yx,
)

Table = NDArray[np.float32]
Found = list[tuple[list[float], float, int]]


def overlap(a: list[float], b: list[float]) -> float:
    height = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    width = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])  # noqa: E731
    return height * width / (area(a) + area(b) - height * width)


def obvious(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
    above: float,
    limit: float,
    candidates: int,
    of_a_class: int,
    in_all: int,
) -> Found:
    found: Found = []
    for label in range(1, scores.shape[1]):
        left = [
            (boxes[i].tolist(), float(scores[i, label]))
            for i in range(len(boxes))
            if scores[i, label] > above
        ]
        left = sorted(left, key=lambda one: -one[1])[:candidates]
        kept: Found = []
        while left:
            box, score = left.pop(0)
            kept.append((box, score, label))
            left = [one for one in left if overlap(box, one[0]) <= limit]
        found += kept[:of_a_class]
    return sorted(found, key=lambda one: -one[1])[:in_all]


@pytest.mark.parametrize("seed", range(8))
def test_as_the_obvious_version(seed: int) -> None:
    random = np.random.default_rng(seed)
    corner = random.random((80, 2)) * 0.6
    boxes = np.concatenate([corner, corner + 0.1 + 0.3 * random.random((80, 2))], axis=1)
    boxes = boxes.astype(np.float32)
    scores = random.random((80, 5)).astype(np.float32)
    limits = {"candidates": 20, "of_a_class": 8, "in_all": 30}
    selected = select(boxes, scores, above=0.4, apart=overlap_at_most(0.5), **limits)
    expected = obvious(boxes, scores, 0.4, 0.5, *limits.values())
    assert len(expected) > 10
    assert selected.classes.tolist() == [label for _, _, label in expected]
    np.testing.assert_array_equal(
        selected.boxes, np.array([box for box, _, _ in expected], np.float32)
    )
    np.testing.assert_array_equal(
        selected.scores, np.array([s for _, s, _ in expected], np.float32)
    )


class TestTheEndOfADetectorInAFile:
    """The best of a class are too many for each of the limits in turn."""

    LIMITS: ClassVar = [
        {"candidates": 12, "of_a_class": 40, "in_all": 40},
        {"candidates": 40, "of_a_class": 4, "in_all": 40},
        {"candidates": 40, "of_a_class": 40, "in_all": 9},
    ]

    @pytest.fixture
    def tables(self) -> tuple[Table, Table]:
        """Boxes (1, 80, 4) and scores (1, 80, 5)."""
        random = np.random.default_rng(3)
        corner = random.random((1, 80, 2)) * 0.6
        boxes = np.concatenate([corner, corner + 0.1 + 0.3 * random.random((1, 80, 2))], axis=2)
        return boxes.astype(np.float32), random.random((1, 80, 5)).astype(np.float32)

    @pytest.mark.parametrize("limits", LIMITS)
    def test_onnx(self, limits: dict[str, int], tables: tuple[Table, Table]) -> None:
        class End(nn.Module):
            def forward(self, scores: Tensor) -> tuple[Tensor, ...]:
                boxes = torch.from_numpy(tables[0])
                return formats.best_in_onnx(boxes, scores, above=0.4, overlap=0.5, **limits)

        names = ["boxes", "scores", "classes"]
        export(End(), torch.from_numpy(tables[1]), Path("end.onnx"), "given", names)
        boxes, scores, classes = OnnxRuntimeBackend("end.onnx").predict({"given": tables[1]})
        count = int((scores > 0).sum())
        self.compare((boxes[0, :count], scores[0, :count], classes[0, :count]), limits, tables)

    @NEEDS_TENSORFLOW
    @pytest.mark.parametrize("limits", LIMITS)
    def test_tensorflow(self, limits: dict[str, int], tables: tuple[Table, Table]) -> None:
        tf = require("tensorflow")
        selected = formats.best_in_graph(tf, *tables, above=0.4, overlap=0.5, **limits)
        count = int(selected.valid_detections[0])
        boxes, scores = (selected[place].numpy()[0, :count] for place in (0, 1))
        self.compare((boxes, scores, selected.nmsed_classes.numpy()[0, :count] + 1), limits, tables)

    def compare(
        self, selected: tuple[Any, Any, Any], limits: dict[str, int], tables: tuple[Table, Table]
    ) -> None:
        expected = select(
            tables[0][0], tables[1][0], above=0.4, apart=overlap_at_most(0.5), **limits
        )
        assert len(expected.scores) >= 9
        boxes, scores, classes = selected
        np.testing.assert_array_equal(scores, expected.scores)
        np.testing.assert_array_equal(boxes, expected.boxes)
        np.testing.assert_array_equal(classes, expected.classes)


def test_without_a_limit_it_goes_class_by_class() -> None:
    boxes = np.array([[0, 0, 1, 1], [2, 2, 3, 3]], np.float32)
    scores = np.array([[0, 0.4, 0.9], [0, 0.8, 0.1]], np.float32)
    selected = select(boxes, scores, above=0.3, apart=overlap_at_most(0.5))
    assert selected.classes.tolist() == [1, 1, 2]
    assert selected.scores.tolist() == pytest.approx([0.8, 0.4, 0.9])


def test_nothing_is_found_where_nothing_is() -> None:
    selected = select(
        np.ones((3, 4), np.float32),
        np.zeros((3, 4), np.float32),
        above=0.1,
        apart=overlap_at_most(0.5),
    )
    assert selected.rows(5).shape == (0, 7)
    assert selected.rows(5).dtype == np.float32


def test_the_background_is_not_found() -> None:
    scores = np.array([[0.9, 0.01]], np.float32)
    assert (
        len(
            select(
                np.ones((1, 4), np.float32), scores, above=0.1, apart=overlap_at_most(0.5)
            ).scores
        )
        == 0
    )


def test_boxes_apart_in_both_axes_do_not_overlap() -> None:
    one, other = np.array([0, 0, 1, 1], np.float32), np.array([[2, 2, 3, 3]], np.float32)
    assert overlaps(one, other).tolist() == [0]


def test_without_a_clamp_the_gap_between_two_boxes_counts() -> None:
    """Two unit boxes apart in both axes: between them lies the gap, gap_x * gap_y."""
    box = np.array([0, 0, 1, 1], np.float32)

    def part(gap: float, axes: tuple[int, int]) -> float:
        corner = 1 + np.sqrt(gap) if gap >= 0 else 0
        moved = [corner * axis for axis in axes]
        other = np.array([[*moved, moved[0] + 1, moved[1] + 1]], np.float32)
        return float(overlaps(box, other, clamped=False)[0])

    assert part(0.5, (1, 1)) == pytest.approx(0.5 / 1.5)
    assert part(0.68, (1, 1)) > 0.5  # from a third of both areas on
    assert part(0.65, (1, 1)) < 0.5
    assert part(2.5, (1, 1)) < 0  # and up to both areas
    assert part(0.5, (1, 0)) <= 0  # apart in one axis only


def test_an_overlap_exactly_at_the_limit_is_not_too_much() -> None:
    box, other = np.array([0, 0, 1, 1], np.float32), np.array([[0, 0, 0.5, 1]], np.float32)
    assert overlaps(box, other).tolist() == [0.5]
    assert overlap_at_most(0.5)(box, other).tolist() == [True]
    assert overlap_at_most(np.nextafter(0.5, 0))(box, other).tolist() == [False]


def test_what_is_added_to_the_union_lets_small_boxes_stay() -> None:
    box = np.array([0, 0, 0.002, 0.002], np.float32)
    other = box[None] * np.float32([1, 1, 1, 0.9])
    assert overlap_at_most(0.6)(box, other).tolist() == [False]
    assert overlap_at_most(0.6, added=1e-5)(box, other).tolist() == [True]


def test_ascending() -> None:
    scores = np.array([0.5, 0.9, 0.1, 0.5], np.float32)
    boxes = np.arange(16, dtype=np.float32).reshape(4, 4)
    selected = Detections(boxes, scores, np.array([1, 2, 3, 4])).ascending(3)
    assert selected.classes.tolist() == [1, 4, 2]
    assert selected.scores.tolist() == pytest.approx([0.5, 0.5, 0.9])
    assert selected.boxes.tolist() == boxes[[0, 3, 1]].tolist()


def test_until_below_stops_at_the_first() -> None:
    boxes = np.arange(16, dtype=np.float32).reshape(4, 4)
    scores = np.array([0.9, 0.5, 0.4, 0.8], np.float32)
    selected = until_below(boxes, scores, np.array([1.0, 2.0, 3.0, 4.0], np.float32), 0.5)
    assert selected.classes.tolist() == [1, 2]
    everything = until_below(boxes, scores, np.ones(4, np.float32), 0.0)
    assert len(everything.scores) == 4


def test_rows() -> None:
    boxes = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    selected = Detections(boxes, np.array([0.5], np.float32), np.array([7]))
    assert selected.rows(12).tolist() == [pytest.approx([12, 0.1, 0.2, 0.3, 0.4, 0.5, 7])]
    assert selected.rows(12).nbytes == 28


def test_yx() -> None:
    assert yx(np.array([[1, 2, 3, 4]], np.float32)).tolist() == [[2, 1, 4, 3]]
