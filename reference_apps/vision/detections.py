"""Turns the boxes and scores of a detector into the rows of its responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
# Of a box (4) and others (n, 4), which of the others may stay beside it.
Apart = Callable[[Array, Array], NDArray[np.bool_]]

COLUMNS = 7  # of a row: index of the sample, ymin, xmin, ymax, xmax, score, class


@dataclass(frozen=True)
class Detections:
    """What was found in one picture, k things."""

    boxes: Array  # (k, 4): ymin, xmin, ymax, xmax in parts of the picture
    scores: Array  # (k)
    classes: NDArray[np.int64]  # (k)

    def rows(self, index: int) -> Array:
        """Returns the response for the sample `index`: float32 (k, 7)."""
        rows = np.empty((len(self.scores), COLUMNS), np.float32)
        rows[:, 0] = index
        rows[:, 1:5] = self.boxes
        rows[:, 5] = self.scores
        rows[:, 6] = self.classes
        return rows

    def ascending(self, count: int) -> Detections:
        """Returns the best `count`, from the worst on; of equal scores the later is better."""
        order = np.argsort(self.scores, kind="stable")[-count:]
        return Detections(self.boxes[order], self.scores[order], self.classes[order])


def yx(boxes: Array) -> Array:
    """Returns boxes (..., 4) as ymin, xmin, ymax, xmax from xmin, ymin, xmax, ymax."""
    return boxes[..., (1, 0, 3, 2)]


def until_below(boxes: Array, scores: Array, classes: NDArray[Any], threshold: float) -> Detections:
    """Returns the first detections, up to one whose score is below the threshold."""
    below = np.flatnonzero(scores < np.float32(threshold))
    count = int(below[0]) if len(below) else len(scores)
    return Detections(boxes[:count], scores[:count], classes[:count].astype(np.int64))


def select(
    boxes: Array,
    scores: Array,
    *,
    above: float,
    apart: Apart,
    candidates: int | None = None,
    of_a_class: int | None = None,
    in_all: int | None = None,
) -> Detections:
    """Selects what a detector means by boxes (n, 4) and scores (n, classes), class 0 being the
    background: of each class the boxes whose score is greater than `above`, the best `candidates`
    of them, without those that are not `apart` from a better one, the best `of_a_class`; and of
    all, the best `in_all`. By class, then from the best on; with `in_all`, from the best on. Of
    equal scores the first is better.
    """
    found: list[tuple[NDArray[np.int64], int]] = []
    for label in np.flatnonzero((scores[:, 1:] > above).any(axis=0)) + 1:
        places = np.flatnonzero(scores[:, label] > above)
        best = places[np.argsort(-scores[places, label], kind="stable")][:candidates]
        kept = _without_overlaps(boxes[best], apart)[:of_a_class]
        found.append((best[kept], int(label)))
    if not found:
        return Detections(
            np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64)
        )
    places = np.concatenate([places for places, _ in found])
    classes = np.concatenate([np.full(len(places), label, np.int64) for places, label in found])
    values = scores[places, classes]
    if in_all is not None:
        best = np.argsort(-values, kind="stable")[:in_all]
        places, classes, values = places[best], classes[best], values[best]
    return Detections(boxes[places], values, classes)


def _without_overlaps(boxes: Array, apart: Apart) -> list[int]:
    """Returns the places of the boxes that are apart from all before them that stay."""
    kept: list[int] = []
    left = np.arange(len(boxes))
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[apart(boxes[best], boxes[left])]
    return kept


def overlap_at_most(limit: float, *, added: float = 1e-12) -> Apart:
    """Returns a test by which boxes are apart up to this overlap, intersection over union. added:
    to the union.
    """
    return lambda box, others: overlaps(box, others, added=added) <= limit


def overlaps(box: Array, others: Array, *, added: float = 0.0, clamped: bool = True) -> Array:
    """Returns the intersection over union of a box (4) with each of others (n, 4). added: to the
    union.

    clamped: boxes that do not meet have no intersection. Without it, that of two boxes apart in
    both axes is the area between them, and of two apart in one axis it is negative.
    """
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = (sides.clip(min=0) if clamped else sides).prod(axis=1)
    both = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - common
    with np.errstate(divide="ignore", invalid="ignore"):  # boxes without an area
        parts: Array = common / (both + np.float32(added))
    return parts
