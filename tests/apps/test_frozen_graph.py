"""Each layer of a frozen graph does what the torch module does that it is made from."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from torch import nn

from reference_apps.common.frozen_graph import name_of, through

LAYERS = {
    "convolution": nn.Conv2d(4, 6, (3, 5), stride=2),
    "padding": nn.Conv2d(4, 6, (5, 3), padding=(2, 1)),
    "depthwise": nn.Conv2d(4, 4, 3, stride=(2, 2), padding=1, groups=4, bias=False),
    "batch norm": nn.BatchNorm2d(4, eps=0.25),
    "relu": nn.ReLU(),
    "relu 6": nn.ReLU6(),
    "all": nn.Sequential(nn.Conv2d(4, 3, 1), nn.BatchNorm2d(3, eps=1e-5), nn.ReLU6()),
}


@pytest.mark.parametrize("name", LAYERS)
def test_as_in_torch(name: str) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = pytest.importorskip("tensorflow")
    torch.manual_seed(1)
    layer = LAYERS[name].eval()
    for module in layer.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean, module.running_var = torch.randn(2, module.num_features).abs()
            module.bias.data = torch.randn(module.num_features)
    x = 5 * torch.randn(2, 4, 8, 10)
    with torch.inference_mode():
        expected = layer(x).permute(0, 2, 3, 1).numpy()
    found = through(layer, tf, tf.constant(x.permute(0, 2, 3, 1).numpy()))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-4)


def test_a_layer_that_is_not_known_is_named() -> None:
    with pytest.raises(TypeError, match="cannot translate into TensorFlow: Softplus"):
        through(nn.Softplus(), None, None)


def test_names_of_tensors_and_operations() -> None:
    assert (name_of("image:0"), name_of("image")) == ("image", "image")
