"""Which boxes count, against a slow and obvious version; rows of responses."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from reference_apps.common.detections import Detections, overlaps, select, until_below, yx

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
        left = sorted(left, key=lambda one: -one[1])[:of_a_class]
        while left:
            box, score = left.pop(0)
            found.append((box, score, label))
            left = [one for one in left if overlap(box, one[0]) <= limit]
    return sorted(found, key=lambda one: -one[1])[:in_all]


@pytest.mark.parametrize("seed", range(8))
def test_as_the_obvious_version(seed: int) -> None:
    random = np.random.default_rng(seed)
    corner = random.random((80, 2)) * 0.6
    boxes = np.concatenate([corner, corner + 0.1 + 0.3 * random.random((80, 2))], axis=1)
    boxes = boxes.astype(np.float32)
    scores = random.random((80, 5)).astype(np.float32)
    made = select(boxes, scores, above=0.4, overlap=0.5, of_a_class=20, in_all=30)
    expected = obvious(boxes, scores, 0.4, 0.5, 20, 30)
    assert len(expected) > 10
    assert made.classes.tolist() == [label for _, _, label in expected]
    np.testing.assert_array_equal(made.boxes, np.array([box for box, _, _ in expected], np.float32))
    np.testing.assert_array_equal(made.scores, np.array([s for _, s, _ in expected], np.float32))


def test_without_a_limit_it_goes_class_by_class() -> None:
    boxes = np.array([[0, 0, 1, 1], [2, 2, 3, 3]], np.float32)
    scores = np.array([[0, 0.4, 0.9], [0, 0.8, 0.1]], np.float32)
    made = select(boxes, scores, above=0.3, overlap=0.5)
    assert made.classes.tolist() == [1, 1, 2]
    assert made.scores.tolist() == pytest.approx([0.8, 0.4, 0.9])


def test_nothing_is_found_where_nothing_is() -> None:
    made = select(np.ones((3, 4), np.float32), np.zeros((3, 4), np.float32), above=0.1, overlap=0.5)
    assert made.rows(5).shape == (0, 7)
    assert made.rows(5).dtype == np.float32


def test_the_background_is_not_found() -> None:
    scores = np.array([[0.9, 0.01]], np.float32)
    assert len(select(np.ones((1, 4), np.float32), scores, above=0.1, overlap=0.5).scores) == 0


def test_boxes_apart_in_both_axes_do_not_overlap() -> None:
    one, other = np.array([0, 0, 1, 1], np.float32), np.array([[2, 2, 3, 3]], np.float32)
    assert overlaps(one, other).tolist() == [0]


def test_until_below_stops_at_the_first() -> None:
    boxes = np.arange(16, dtype=np.float32).reshape(4, 4)
    scores = np.array([0.9, 0.5, 0.4, 0.8], np.float32)
    made = until_below(boxes, scores, np.array([1.0, 2.0, 3.0, 4.0], np.float32), 0.5)
    assert made.classes.tolist() == [1, 2]
    everything = until_below(boxes, scores, np.ones(4, np.float32), 0.0)
    assert len(everything.scores) == 4


def test_rows() -> None:
    boxes = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    made = Detections(boxes, np.array([0.5], np.float32), np.array([7]))
    assert made.rows(12).tolist() == [pytest.approx([12, 0.1, 0.2, 0.3, 0.4, 0.5, 7])]
    assert made.rows(12).nbytes == 28


def test_yx() -> None:
    assert yx(np.array([[1, 2, 3, 4]], np.float32)).tolist() == [[2, 1, 4, 3]]
