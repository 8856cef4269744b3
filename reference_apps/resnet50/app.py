"""ResNet50 v1.5 on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg

from reference_apps.common import classifier, fitting, preprocessing
from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.common.classifier import Checkpoint, Design
from reference_apps.common.stand_in import StandIn
from reference_apps.resnet50 import frozen_graph, network, onnx_file
from reference_apps.resnet50.arguments import VISION
from reference_apps.resnet50.network import ResNet50

_WITH_BACKGROUND = 1001


def checkpoint(path: Path) -> Checkpoint:
    """Weights as torchvision names them: of 1,000 classes, which want the pre-processing of
    torchvision, or of 1,001. Raises ValueError naming the file and what does not fit.
    """
    state = weights(path)
    last = state.get("fc.bias")
    classes = 0 if last is None else len(last)
    if classes not in (_WITH_BACKGROUND - 1, _WITH_BACKGROUND):
        raise ValueError(f"{path} is no ResNet50: fc.bias has {classes} values, not 1000 or 1001")
    background = classes == _WITH_BACKGROUND
    made = with_weights(ResNet50(classes, same_pool=background), state, path)
    preprocess = preprocessing.vgg if background else preprocessing.torchvision
    return Checkpoint(made, preprocess, background)


DESIGN = Design(
    vision=VISION,
    preprocess=preprocessing.vgg,
    stand_in=StandIn(
        name="resnet50",
        make=ResNet50,
        settle=fitting.fitted(
            lambda made, pictures: fitting.fit_classifier(made, made.fc, pictures),
            preprocessing.vgg,
        ),
        write_onnx=onnx_file.write,
        write_graph=frozen_graph.write,
        code=network.__file__,
    ),
    graph_input=frozen_graph.INPUT,
    graph_output=frozen_graph.OUTPUTS[0],
    checkpoint=checkpoint,
    performance_sample_count=1024,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """See classifier.main."""
    return classifier.main(DESIGN, argv)
