"""ResNet50 v1.5 on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence

import mlperf_loadgen as lg
from mlperf_loadgen.harness.backends import GRAPH, ONNX
from torch import Tensor

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.resnet50 import formats, model
from reference_apps.resnet50.arguments import APP, DEFAULTS, parse
from reference_apps.resnet50.model import ResNet50
from reference_apps.vision import classifier, fitting, preprocessing
from reference_apps.vision.classifier import Classifier


def _init_weights(network: ResNet50, pictures: Tensor) -> None:
    fitting.fit_classifier(network, network.fc, pictures)


CLASSIFIER = Classifier(
    app=APP,
    defaults=DEFAULTS,
    preprocess=preprocessing.vgg,
    synthetic=SyntheticModel(
        name=APP.model,
        make=ResNet50,
        init_weights=fitting.on_pictures(_init_weights, preprocessing.vgg),
        code=model.__file__,
        write={ONNX: formats.write_onnx, GRAPH: formats.write_frozen_graph},
    ),
    input=formats.INPUT,
    output=formats.OUTPUTS[0],
    load=model.load,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    return classifier.run(CLASSIFIER, parse(argv))
