"""Makes small SSD-ResNet34s, of PyTorch and of TensorFlow, without a download."""

from __future__ import annotations

from mlperf_loadgen.harness.backends import GRAPH, ONNX
from torch import Tensor

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.ssd_resnet34 import formats, model
from reference_apps.ssd_resnet34.arguments import APP
from reference_apps.ssd_resnet34.model import SsdResNet34
from reference_apps.ssd_resnet34.tensorflow_model import TensorFlowSsdResNet34
from reference_apps.vision import fitting, preprocessing
from reference_apps.vision.detector import least_of_most

_MOST_FOUND = 60  # in a picture that it is fitted to, before overlaps
COUNT = 2  # pictures of synthetic data
_STEEPNESS = 20.0  # so that scores are near 0 or 1


def init_weights(network: SsdResNet34, pictures: Tensor) -> None:
    """Makes for a few detections in a picture, most of which are sure; the rest is background."""
    fitting.fit(network, pictures)
    least = least_of_most(network.logits(network.feature_maps(pictures)), _MOST_FOUND)
    for head in network.class_heads:
        weight, bias = (network.by_class(tensor) for tensor in head.parameters())
        weight *= _STEEPNESS
        bias.sub_(least).mul_(_STEEPNESS)
        weight[0] = bias[0] = 0


_INIT_WEIGHTS = fitting.on_pictures(init_weights, preprocessing.coco_normalized, pictures=COUNT)
SYNTHETIC = SyntheticModel(
    name=APP.model,
    make=SsdResNet34,
    init_weights=_INIT_WEIGHTS,
    code=model.__file__,
    write={ONNX: formats.write_onnx},
)
SYNTHETIC_TENSORFLOW = SyntheticModel(
    name=f"{APP.model}-tensorflow",
    make=TensorFlowSsdResNet34,
    init_weights=_INIT_WEIGHTS,
    code=model.__file__,
    write={ONNX: formats.write_tensorflow_onnx, GRAPH: formats.write_frozen_graph},
)
