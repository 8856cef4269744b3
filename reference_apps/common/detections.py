"""From the boxes and scores of a detector to the rows of its responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

COLUMNS = 7  # of a row: index of the sample, ymin, xmin, ymax, xmax, score, class


@dataclass(frozen=True)
class Detections:
    """What was found in one picture, k things."""

    boxes: Array  # (k, 4): ymin, xmin, ymax, xmax in parts of the picture
    scores: Array  # (k)
    classes: NDArray[np.int64]  # (k)

    def rows(self, index: int) -> Array:
        """The response for the sample `index`: float32 (k, 7)."""
        made = np.empty((len(self.scores), COLUMNS), np.float32)
        made[:, 0] = index
        made[:, 1:5] = self.boxes
        made[:, 5] = self.scores
        made[:, 6] = self.classes
        return made


def yx(boxes: Array) -> Array:
    """Boxes (..., 4) as ymin, xmin, ymax, xmax from xmin, ymin, xmax, ymax."""
    return boxes[..., (1, 0, 3, 2)]


def until_below(boxes: Array, scores: Array, classes: NDArray[Any], threshold: float) -> Detections:
    """The first detections, up to one whose score is below the threshold."""
    below = np.flatnonzero(scores < np.float32(threshold))
    count = int(below[0]) if len(below) else len(scores)
    return Detections(boxes[:count], scores[:count], classes[:count].astype(np.int64))


def select(
    boxes: Array,
    scores: Array,
    *,
    above: float,
    overlap: float,
    candidates: int | None = None,
    of_a_class: int | None = None,
    in_all: int | None = None,
) -> Detections:
    """What a detector means by boxes (n, 4) and scores (n, classes), class 0 being the background:
    of each class the boxes whose score is greater than `above`, the best `candidates` of them,
    without those whose overlap (intersection over union) with a better one is greater than
    `overlap`, the best `of_a_class`; and of all, the best `in_all`. By class, then from the best
    on; with `in_all`, from the best on.
    """
    found: list[tuple[NDArray[np.int64], int]] = []
    for label in np.flatnonzero((scores[:, 1:] > above).any(axis=0)) + 1:
        places = np.flatnonzero(scores[:, label] > above)
        best = places[np.argsort(-scores[places, label], kind="stable")][:candidates]
        kept = _without_overlaps(boxes[best], overlap)[:of_a_class]
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


def _without_overlaps(boxes: Array, overlap: float) -> list[int]:
    """Places of the boxes that none before them, which stays itself, overlaps too much."""
    kept: list[int] = []
    for place in range(len(boxes)):
        if not kept or overlaps(boxes[place], boxes[kept]).max() <= overlap:
            kept.append(place)
    return kept


def overlaps(box: Array, others: Array) -> Array:
    """Intersection over union of a box (4) with each of others (n, 4)."""
    corners = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    common = (corners[1] - corners[0]).clip(min=0).prod(axis=1)
    both = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - common
    parts: Array = common / np.maximum(both, np.float32(1e-12))
    return parts
