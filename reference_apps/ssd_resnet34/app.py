"""SSD-ResNet34 1200x1200 on COCO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mlperf_loadgen as lg
from mlperf_loadgen.harness.arguments import Defaults
from numpy.typing import NDArray
from torch import Tensor

from reference_apps.common import detector, fitting, preprocessing
from reference_apps.common.arguments import ModelOptions
from reference_apps.common.backends import open_graph, open_module, open_onnx
from reference_apps.common.detections import Detections, select, until_below, yx
from reference_apps.common.detector import Design, Form
from reference_apps.common.pickled_module import load_into
from reference_apps.common.stand_in import StandIn
from reference_apps.ssd_resnet34 import frozen_graph, network, onnx_file
from reference_apps.ssd_resnet34.network import CLASSES, SsdResNet34
from reference_apps.ssd_resnet34.tensors import (
    ABOVE,
    COUNT,
    GRAPH_INPUT,
    GRAPH_OUTPUTS,
    ONNX_OUTPUTS,
    OVERLAP,
    SIDE,
)

_ABOVE_IN_ONNX = 0.5  # the benchmark keeps less of what this form finds
_MOST_FOUND = 60  # in a picture that it is fitted to, before overlaps
_GENERATED = 4  # pictures
_STEEPNESS = 20.0  # so that scores are near 0 or 1


def fit(made: SsdResNet34, pictures: Tensor) -> None:
    """A few detections in a picture, most of which are sure; the rest is background."""
    fitting.fit(made, pictures)
    least = detector.least_of_most(made.logits(made.feature_maps(pictures)), _MOST_FOUND)
    for head in made.class_heads:
        weight, bias = (tensor.view(CLASSES, -1) for tensor in head.parameters())
        weight *= _STEEPNESS
        bias.sub_(least).mul_(_STEEPNESS)
        weight[0] = bias[0] = 0


def _from_network(outputs: tuple[NDArray[Any], ...], place: int) -> Detections:
    boxes, scores = outputs
    return select(
        yx(boxes[place]),
        scores[place],
        above=ABOVE,
        overlap=OVERLAP,
        of_a_class=COUNT,
        in_all=COUNT,
    )


def _from_onnx(outputs: tuple[NDArray[Any], ...], place: int) -> Detections:
    boxes, labels, scores = (output[place] for output in outputs)
    return until_below(yx(boxes), scores, labels, _ABOVE_IN_ONNX)


def _from_graph(outputs: tuple[NDArray[Any], ...], place: int) -> Detections:
    boxes, classes, scores = (output[place] for output in outputs)
    return until_below(boxes, scores, classes, ABOVE)


def open_form(backend: str, options: ModelOptions) -> Form:
    """See Design.open."""
    preprocess = preprocessing.coco_normalized
    if backend == "torch":
        path = options.path
        made = STAND_IN.network() if path is None else load_into(SsdResNet34(), path)
        return Form(
            open_module(options, made, ["boxes", "scores"]), preprocess, "NCHW", _from_network
        )
    if backend == "onnxruntime":
        return Form(open_onnx(options, STAND_IN, ONNX_OUTPUTS), preprocess, "NCHW", _from_onnx)
    graph = open_graph(options, STAND_IN, [GRAPH_INPUT], GRAPH_OUTPUTS)
    return Form(graph, preprocess, "NCHW", _from_graph)


STAND_IN = StandIn(
    name="ssd-resnet34",
    make=SsdResNet34,
    settle=fitting.fitted(fit, preprocessing.coco_normalized, pictures=_GENERATED),
    write_onnx=onnx_file.write,
    write_graph=frozen_graph.write,
    code=network.__file__,
)

DESIGN = Design(
    name="ssd-resnet34",
    title="SSD-ResNet34 1200x1200",
    side=SIDE,
    labels=True,
    stand_in=STAND_IN,
    open=open_form,
    defaults=Defaults(max_batch_size=1, max_latency=20.0, samples_per_query=2),
    performance_sample_count=64,
    generated=_GENERATED,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """See detector.main."""
    return detector.main(DESIGN, argv)
