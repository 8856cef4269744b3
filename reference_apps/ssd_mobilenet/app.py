"""SSD-MobileNet v1 300x300 on COCO."""

from __future__ import annotations

from collections.abc import Sequence

import mlperf_loadgen as lg
import numpy as np
import torch
from torch import Tensor

from reference_apps.common import detector, fitting, preprocessing
from reference_apps.common.arguments import ModelOptions
from reference_apps.common.backends import open_graph, open_onnx
from reference_apps.common.detections import Detections, overlap_at_most, select
from reference_apps.common.detector import Design, Form, Origin, Outputs
from reference_apps.common.generated_coco import CATEGORY_IDS
from reference_apps.common.stand_in import StandIn
from reference_apps.ssd_mobilenet import frozen_graph, network, onnx_file
from reference_apps.ssd_mobilenet.arguments import VISION
from reference_apps.ssd_mobilenet.network import CLASSES, SsdMobileNet
from reference_apps.ssd_mobilenet.tensors import ABOVE, ADDED, INPUT, OUTPUTS, OVERLAP, SIDE

_NAMES = {  # of the official class, which has the heads by map, and what they are called here
    r"predictors\.(\d+)\.classification\.": r"class_heads.\1.",
    r"predictors\.(\d+)\.regression\.": r"box_heads.\1.",
}
_MOST_FOUND = 60  # in a picture that it is fitted to, before overlaps
_NEVER = -30.0  # a logit
_GENERATED = 32  # pictures


def fit(made: SsdMobileNet, pictures: Tensor) -> None:
    """A few detections in a picture, none of a class that COCO does not have."""
    fitting.fit(made, pictures)
    logits = made.logits(made.feature_maps(pictures))[..., (0, *CATEGORY_IDS)]
    found = float(torch.tensor(ABOVE).logit())
    shift = found - detector.least_of_most(logits, _MOST_FOUND)
    unused = [number for number in range(CLASSES) if number not in CATEGORY_IDS]
    for head in made.class_heads:
        bias = head.get_parameter("bias").view(-1, CLASSES)
        bias += shift
        bias[:, unused] = _NEVER


def detections(outputs: Outputs, place: int) -> Detections:
    boxes, scores = outputs
    apart = overlap_at_most(OVERLAP, added=ADDED)
    return select(boxes[place], scores[place], above=ABOVE, apart=apart)


def _from_graph(outputs: Outputs, place: int) -> Detections:
    count, boxes, scores, classes = (output[place] for output in outputs)
    k = int(count)
    return Detections(boxes[:k], scores[:k], classes[:k].astype(np.int64))


STAND_IN = StandIn(
    name="ssd-mobilenet",
    make=SsdMobileNet,
    settle=fitting.fitted(fit, preprocessing.coco_centred, pictures=_GENERATED),
    write_onnx=onnx_file.write,
    write_graph=frozen_graph.write,
    code=network.__file__,
)
ORIGIN = Origin(STAND_IN, preprocessing.coco_centred, detections, names=_NAMES)


def open_form(backend: str, options: ModelOptions) -> Form:
    """See Design.open."""
    if backend == "torch":
        return ORIGIN.form(options)
    opened = (
        open_onnx(options, STAND_IN, OUTPUTS)
        if backend == "onnxruntime"
        else open_graph(options, STAND_IN, [INPUT], OUTPUTS)
    )
    return Form(ORIGIN, opened, preprocessing.coco_uint8, "NHWC", _from_graph)


DESIGN = Design(
    vision=VISION,
    side=SIDE,
    labels=False,
    open=open_form,
    performance_sample_count=256,
    generated=_GENERATED,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """See detector.main."""
    return detector.main(DESIGN, argv)
