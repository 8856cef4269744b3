"""MobileNet v1 1.0 224 on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg

from reference_apps.common import classifier, fitting, preprocessing
from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.common.classifier import Checkpoint, Design
from reference_apps.common.stand_in import StandIn
from reference_apps.mobilenet import frozen_graph, network, onnx_file
from reference_apps.mobilenet.arguments import VISION
from reference_apps.mobilenet.network import MobileNet


def checkpoint(path: Path) -> Checkpoint:
    """Weights as network.MobileNet names them: there is no official file for PyTorch. Raises
    ValueError naming the file and what does not fit.
    """
    made = with_weights(MobileNet(), weights(path), path)
    return Checkpoint(made, preprocessing.mobilenet, background=True)


DESIGN = Design(
    vision=VISION,
    preprocess=preprocessing.mobilenet,
    stand_in=StandIn(
        name="mobilenet",
        make=MobileNet,
        settle=fitting.fitted(
            lambda made, pictures: fitting.fit_classifier(made, made.logits, pictures),
            preprocessing.mobilenet,
        ),
        write_onnx=onnx_file.write,
        write_graph=frozen_graph.write,
        code=network.__file__,
    ),
    graph_input=frozen_graph.INPUT,
    graph_output=frozen_graph.OUTPUT,
    checkpoint=checkpoint,
    performance_sample_count=1024,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """See classifier.main."""
    return classifier.main(DESIGN, argv)
