"""Turns what SSD-ResNet34 answers, in each of its formats, into detections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_apps.ssd_resnet34.formats import (
    ABOVE,
    COUNT,
    GRAPH_ABOVE,
    GRAPH_CANDIDATES,
    GRAPH_COUNT,
    GRAPH_OF_A_CLASS,
    GRAPH_OVERLAP,
    OVERLAP,
)
from reference_apps.vision.detections import (
    Array,
    Detections,
    overlap_at_most,
    overlaps,
    select,
    until_below,
    yx,
)
from reference_apps.vision.detector import Decode, Outputs

_ABOVE_IN_ONNX = 0.5  # the benchmark keeps less of what this format finds


def suppress(*, clamped: bool) -> Decode:
    """Returns the last step of the PyTorch model. The official one does not clamp overlaps (see
    detections.overlaps).
    """

    def apart(box: Array, others: Array) -> NDArray[np.bool_]:
        return overlaps(box, others, clamped=clamped) < OVERLAP

    def decode(outputs: Outputs, place: int) -> Detections:
        boxes, scores = (output[place][::-1] for output in outputs)  # of equal scores, the last
        found = select(yx(boxes), scores, above=ABOVE, apart=apart, candidates=COUNT)
        return found.ascending(COUNT)

    return decode


def decode_onnx(outputs: Outputs, place: int) -> Detections:
    """Reads the outputs of the ONNX file that is made from PyTorch."""
    boxes, labels, scores = (output[place] for output in outputs)
    return until_below(yx(boxes), scores, labels, _ABOVE_IN_ONNX)


def suppress_as_tensorflow(outputs: Outputs, place: int) -> Detections:
    """Does the last step of the TensorFlow model."""
    boxes, scores = outputs
    found = select(
        boxes[place],
        scores[place],
        above=GRAPH_ABOVE,
        apart=overlap_at_most(GRAPH_OVERLAP),
        candidates=GRAPH_CANDIDATES,
        of_a_class=GRAPH_OF_A_CLASS,
        in_all=GRAPH_COUNT,
    )
    return until_below(found.boxes, found.scores, found.classes, ABOVE)


def decode_graph(outputs: Outputs, place: int) -> Detections:
    """Reads the outputs of the TensorFlow graph, and of the ONNX file that is made from it."""
    boxes, classes, scores = (output[place] for output in outputs)
    return until_below(boxes, scores, classes, ABOVE)
