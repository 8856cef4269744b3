"""From what a detector finds in a picture to the rows of its response."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
COLUMNS = 7  # index of the sample, ymin, xmin, ymax, xmax, score, class


def rows(
    index: int, boxes: Array, scores: Array, classes: Array, *, xy_order: bool = False
) -> Array:
    """(k, 7) from boxes (k, 4), in parts of the picture, with scores and classes (k).

    xy_order: the boxes are xmin, ymin, xmax, ymax; else ymin, xmin, ymax, xmax.
    """
    made = np.empty((len(boxes), COLUMNS), np.float32)
    made[:, 0] = index
    made[:, 1:5] = boxes[:, (1, 0, 3, 2)] if xy_order else boxes
    made[:, 5] = scores
    made[:, 6] = classes
    return made


def above(scores: Array, threshold: float) -> int:
    """How many of the first scores are not below the threshold, up to the first that is."""
    below = np.flatnonzero(scores < np.float32(threshold))
    return int(below[0]) if len(below) else len(scores)
