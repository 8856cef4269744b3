"""SSD-ResNet34 1200x1200 on COCO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.backends import GRAPH, NO_MODEL, ONNX, TORCH

from reference_apps.common.onnx_file import input_names
from reference_apps.ssd_resnet34 import processing
from reference_apps.ssd_resnet34.arguments import APP, DEFAULTS, parse
from reference_apps.ssd_resnet34.formats import GRAPH_INPUT, GRAPH_OUTPUTS, ONNX_OUTPUTS, SIDE
from reference_apps.ssd_resnet34.synthetic import COUNT, SYNTHETIC, SYNTHETIC_TENSORFLOW
from reference_apps.vision import detector, preprocessing
from reference_apps.vision.arguments import VisionOptions
from reference_apps.vision.detector import Detector, DetectorNetwork, DetectorSpec

_NAMES = {  # of the official class, and what they are called here
    r"loc\.": "box_heads.",
    r"conf\.": "class_heads.",
    r"additional_blocks\.": "extras.",
}
_PREPROCESS = preprocessing.coco_normalized

PYTORCH = DetectorNetwork(SYNTHETIC, _PREPROCESS, processing.suppress(clamped=False), names=_NAMES)
CLAMPED = replace(PYTORCH, decode=processing.suppress(clamped=True))
TENSORFLOW = DetectorNetwork(SYNTHETIC_TENSORFLOW, _PREPROCESS, processing.suppress_as_tensorflow)


def _module(options: VisionOptions) -> DetectorSpec:
    return (CLAMPED if options.clamp_overlaps else PYTORCH).spec(options)


def _graph(options: VisionOptions) -> DetectorSpec:
    _check(options)
    path = options.path or SYNTHETIC_TENSORFLOW.file(GRAPH)
    return replace(_tensorflow(path), inputs=(GRAPH_INPUT,), layout="NCHW")


def _onnx(options: VisionOptions) -> DetectorSpec:
    """Returns the file made from PyTorch or that made from TensorFlow: one tells it by its tensors;
    without a file, the layout NHWC asks for the second.
    """
    _check(options)
    if options.path is None:
        from_tensorflow = options.layout == "NHWC"
    else:
        from_tensorflow = GRAPH_INPUT in input_names(options.path)
    if from_tensorflow:
        return _tensorflow(options.path or SYNTHETIC_TENSORFLOW.file(ONNX))
    return DetectorSpec(
        options.path or SYNTHETIC.file(ONNX),
        outputs=ONNX_OUTPUTS,
        layout="NCHW",
        network=PYTORCH,
        preprocess=_PREPROCESS,
        decode=processing.decode_onnx,
    )


def _tensorflow(path: Path) -> DetectorSpec:
    return DetectorSpec(
        path,
        outputs=GRAPH_OUTPUTS,
        layout="NHWC",
        network=TENSORFLOW,
        preprocess=_PREPROCESS,
        decode=processing.decode_graph,
    )


def _check(options: VisionOptions) -> None:
    if options.clamp_overlaps:
        raise ValueError(
            "--clamp-overlaps requires --backend torch: elsewhere the model file itself suppresses "
            "boxes"
        )


DETECTOR = Detector(
    app=APP,
    defaults=DEFAULTS,
    formats={ONNX: _onnx, GRAPH: _graph, TORCH: _module, NO_MODEL: PYTORCH.without_model},
    side=SIDE,
    labels=True,
    performance_sample_count=64,
    synthetic_count=COUNT,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    return detector.run(DETECTOR, parse(argv))
