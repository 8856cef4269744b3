"""SSD-ResNet34 1200x1200 on COCO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import mlperf_loadgen as lg
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from reference_apps.common import detector, fitting, preprocessing
from reference_apps.common.arguments import ModelOptions
from reference_apps.common.backends import open_graph, open_onnx
from reference_apps.common.detections import (
    Array,
    Detections,
    overlap_at_most,
    overlaps,
    select,
    until_below,
    yx,
)
from reference_apps.common.detector import Design, Form, Origin, Outputs
from reference_apps.common.onnx_file import input_names
from reference_apps.common.stand_in import StandIn
from reference_apps.ssd_resnet34 import frozen_graph, network, onnx_file, tensorflow_onnx_file
from reference_apps.ssd_resnet34.arguments import VISION
from reference_apps.ssd_resnet34.network import SsdResNet34
from reference_apps.ssd_resnet34.tensorflow_network import TensorFlowSsdResNet34
from reference_apps.ssd_resnet34.tensors import (
    ABOVE,
    COUNT,
    GRAPH_ABOVE,
    GRAPH_CANDIDATES,
    GRAPH_COUNT,
    GRAPH_INPUT,
    GRAPH_OF_A_CLASS,
    GRAPH_OUTPUTS,
    GRAPH_OVERLAP,
    ONNX_OUTPUTS,
    OVERLAP,
    SIDE,
)

_NAMES = {  # of the official class, and what they are called here
    r"loc\.": "box_heads.",
    r"conf\.": "class_heads.",
    r"additional_blocks\.": "extras.",
}
_ABOVE_IN_ONNX = 0.5  # the benchmark keeps less of what this form finds
_MOST_FOUND = 60  # in a picture that it is fitted to, before overlaps
_GENERATED = 2  # pictures
_STEEPNESS = 20.0  # so that scores are near 0 or 1


def fit(made: SsdResNet34, pictures: Tensor) -> None:
    """A few detections in a picture, most of which are sure; the rest is background."""
    fitting.fit(made, pictures)
    least = detector.least_of_most(made.logits(made.feature_maps(pictures)), _MOST_FOUND)
    for head in made.class_heads:
        weight, bias = (made.by_class(tensor) for tensor in head.parameters())
        weight *= _STEEPNESS
        bias.sub_(least).mul_(_STEEPNESS)
        weight[0] = bias[0] = 0


def suppressing(*, clamped: bool) -> Callable[[Outputs, int], Detections]:
    """The end of the PyTorch model: see detector.Origin.detections. The official one does not clamp
    overlaps (see detections.overlaps).
    """

    def apart(box: Array, others: Array) -> NDArray[np.bool_]:
        return overlaps(box, others, clamped=clamped) < OVERLAP

    def detections(outputs: Outputs, place: int) -> Detections:
        boxes, scores = (output[place][::-1] for output in outputs)  # of equal scores, the last
        found = select(yx(boxes), scores, above=ABOVE, apart=apart, candidates=COUNT)
        return found.ascending(COUNT)

    return detections


def _from_onnx(outputs: Outputs, place: int) -> Detections:
    boxes, labels, scores = (output[place] for output in outputs)
    return until_below(yx(boxes), scores, labels, _ABOVE_IN_ONNX)


def _from_tensorflow_network(outputs: Outputs, place: int) -> Detections:
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


def _from_graph(outputs: Outputs, place: int) -> Detections:
    boxes, classes, scores = (output[place] for output in outputs)
    return until_below(boxes, scores, classes, ABOVE)


PYTORCH = Origin(
    StandIn(
        name="ssd-resnet34",
        make=SsdResNet34,
        settle=fitting.fitted(fit, preprocessing.coco_normalized, pictures=_GENERATED),
        write_onnx=onnx_file.write,
        code=network.__file__,
    ),
    preprocessing.coco_normalized,
    suppressing(clamped=False),
    names=_NAMES,
)
CLAMPED = replace(PYTORCH, detections=suppressing(clamped=True))
TENSORFLOW = Origin(
    StandIn(
        name="ssd-resnet34-tensorflow",
        make=TensorFlowSsdResNet34,
        settle=fitting.fitted(fit, preprocessing.coco_normalized, pictures=_GENERATED),
        write_onnx=tensorflow_onnx_file.write,
        write_graph=frozen_graph.write,
        code=network.__file__,
    ),
    preprocessing.coco_normalized,
    _from_tensorflow_network,
)


def open_form(backend: str, options: ModelOptions) -> Form:
    """See Design.open. The ONNX file may be that made from PyTorch or that made from TensorFlow,
    which one tells by its tensors; without a file, the layout NHWC asks for the second.

    Raises ValueError where clamp_overlaps is asked of a file that suppresses boxes itself.
    """
    preprocess = preprocessing.coco_normalized
    if backend == "torch":
        return (CLAMPED if options.clamp_overlaps else PYTORCH).form(options)
    if options.clamp_overlaps:
        raise ValueError(
            f"--clamp-overlaps goes with --backend torch: with {backend} the model file itself "
            "suppresses boxes"
        )
    if backend == "tensorflow":
        graph = open_graph(options, TENSORFLOW.stand_in, [GRAPH_INPUT], GRAPH_OUTPUTS)
        return Form(TENSORFLOW, graph, preprocess, "NCHW", _from_graph)
    if _is_from_tensorflow(options):
        opened = open_onnx(options, TENSORFLOW.stand_in, GRAPH_OUTPUTS)
        return Form(TENSORFLOW, opened, preprocess, "NHWC", _from_graph)
    opened = open_onnx(options, PYTORCH.stand_in, ONNX_OUTPUTS)
    return Form(PYTORCH, opened, preprocess, "NCHW", _from_onnx)


def _is_from_tensorflow(options: ModelOptions) -> bool:
    if options.path is None:
        return options.layout == "NHWC"
    return GRAPH_INPUT in input_names(options.path)


DESIGN = Design(
    vision=VISION,
    side=SIDE,
    labels=True,
    open=open_form,
    performance_sample_count=64,
    generated=_GENERATED,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """See detector.main."""
    return detector.main(DESIGN, argv)
