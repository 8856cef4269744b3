"""Makes a small SSD-MobileNet v1 without a download."""

from __future__ import annotations

import torch
from mlperf_loadgen.harness.backends import GRAPH, ONNX
from torch import Tensor

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.mobilenet import model as mobilenet
from reference_apps.ssd_mobilenet import formats, model
from reference_apps.ssd_mobilenet.arguments import APP
from reference_apps.ssd_mobilenet.formats import ABOVE
from reference_apps.ssd_mobilenet.model import CLASSES, SsdMobileNet
from reference_apps.vision import fitting, preprocessing
from reference_apps.vision.detector import least_of_most
from reference_apps.vision.synthetic_data import CATEGORY_IDS

_MOST_FOUND = 60  # in a picture that it is fitted to, before overlaps
_NEVER = -30.0  # a logit
COUNT = 32  # pictures of synthetic data


def init_weights(network: SsdMobileNet, pictures: Tensor) -> None:
    """Makes for a few detections in a picture, none of a class that COCO does not have."""
    fitting.fit(network, pictures)
    logits = network.logits(network.feature_maps(pictures))[..., (0, *CATEGORY_IDS)]
    found = float(torch.tensor(ABOVE).logit())
    shift = found - least_of_most(logits, _MOST_FOUND)
    unused = [number for number in range(CLASSES) if number not in CATEGORY_IDS]
    for head in network.class_heads:
        bias = head.get_parameter("bias").view(-1, CLASSES)
        bias += shift
        bias[:, unused] = _NEVER


SYNTHETIC = SyntheticModel(
    name=APP.model,
    make=SsdMobileNet,
    init_weights=fitting.on_pictures(init_weights, preprocessing.coco_centred, pictures=COUNT),
    code=model.__file__,
    also=[mobilenet.__file__],
    write={ONNX: formats.write_onnx, GRAPH: formats.write_frozen_graph},
)
