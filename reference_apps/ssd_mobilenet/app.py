"""SSD-MobileNet v1 300x300 on COCO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.backends import GRAPH, NO_MODEL, ONNX, TORCH

from reference_apps.ssd_mobilenet.arguments import APP, DEFAULTS, parse
from reference_apps.ssd_mobilenet.formats import ABOVE, ADDED, INPUT, OUTPUTS, OVERLAP, SIDE
from reference_apps.ssd_mobilenet.synthetic import COUNT, SYNTHETIC
from reference_apps.vision import detector, preprocessing
from reference_apps.vision.arguments import VisionOptions
from reference_apps.vision.detections import Detections, overlap_at_most, select
from reference_apps.vision.detector import Detector, DetectorNetwork, DetectorSpec, Outputs

_NAMES = {  # of the official class, which has the heads by map, and what they are called here
    r"predictors\.(\d+)\.classification\.": r"class_heads.\1.",
    r"predictors\.(\d+)\.regression\.": r"box_heads.\1.",
}


def decode(outputs: Outputs, place: int) -> Detections:
    """Returns what the network found in one picture of a batch."""
    boxes, scores = outputs
    apart = overlap_at_most(OVERLAP, added=ADDED)
    return select(boxes[place], scores[place], above=ABOVE, apart=apart)


def _decode_graph(outputs: Outputs, place: int) -> Detections:
    count, boxes, scores, classes = (output[place] for output in outputs)
    k = int(count)
    return Detections(boxes[:k], scores[:k], classes[:k].astype(np.int64))


NETWORK = DetectorNetwork(SYNTHETIC, preprocessing.coco_centred, decode, names=_NAMES)


def _file(path: Path, inputs: Sequence[str]) -> DetectorSpec:
    """Returns a file with the last step in it, which takes pictures as they are."""
    return DetectorSpec(
        path,
        inputs,
        OUTPUTS,
        "NHWC",
        network=NETWORK,
        preprocess=preprocessing.coco_uint8,
        decode=_decode_graph,
    )


def _onnx(options: VisionOptions) -> DetectorSpec:
    return _file(options.path or SYNTHETIC.file(ONNX), ())


def _graph(options: VisionOptions) -> DetectorSpec:
    return _file(options.path or SYNTHETIC.file(GRAPH), (INPUT,))


DETECTOR = Detector(
    app=APP,
    defaults=DEFAULTS,
    formats={
        ONNX: _onnx,
        GRAPH: _graph,
        TORCH: NETWORK.spec,
        NO_MODEL: NETWORK.without_model,
    },
    side=SIDE,
    labels=False,
    performance_sample_count=256,
    synthetic_count=COUNT,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    return detector.run(DETECTOR, parse(argv))
