"""What the official PyTorch file of SSD-MobileNet asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from reference_apps.common.checkpoint import load_into
from reference_apps.ssd_mobilenet import app
from reference_apps.ssd_mobilenet.model import SsdMobileNet

_HEADS = {"class_heads": "classification", "box_heads": "regression"}


def test_the_official_class_has_its_heads_by_map(tmp_path: Path) -> None:
    network = SsdMobileNet()
    body, heads = {}, {}
    for name, tensor in network.state_dict().items():
        first, number, *rest = name.split(".")
        if first in _HEADS:
            heads[(int(number), _HEADS[first], *rest)] = tensor
        else:
            body[f"backbone.{name}"] = tensor.squeeze()
    for number, head, part in sorted(heads):
        body[f"predictors.{number}.{head}.{part}"] = heads[number, head, part]
    torch.save(body, tmp_path / "ssd.pytorch")
    loaded = load_into(SsdMobileNet(), tmp_path / "ssd.pytorch", app.NETWORK.names).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in network.state_dict().items())


def test_small_boxes_suppress_each_other_less() -> None:
    """A union has 1e-5 more, which is much where a side is a few thousandths of the picture."""
    for side, kept in ((0.5, 1), (0.003, 2)):
        boxes = np.array([[[0, 0, side, side], [0, 0, side, side * 0.8]]], np.float32)
        scores = np.zeros((1, 2, 91), np.float32)
        scores[:, :, 5] = (0.75, 0.5)
        assert len(app.decode((boxes, scores), 0).scores) == kept
