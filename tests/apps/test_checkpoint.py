"""Weights in PyTorch files, by the names that they are saved under."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from reference_apps.common.checkpoint import weights, with_weights


@pytest.mark.parametrize("prefix", ["", "module."], ids=["one device", "several devices"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["weights", "checkpoint"])
def test_a_network_gets_its_weights_back(prefix: str, wrapped: bool, tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    trained = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    state = {prefix + name: tensor for name, tensor in trained.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3} if wrapped else state, file)
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    with_weights(network, weights(file), file)
    assert not network.training
    for name, tensor in trained.state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)
