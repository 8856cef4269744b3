"""Weights from PyTorch files that hold modules of classes that are not here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from reference_apps.common.pickled_module import load_into


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(2, 3))


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> type[nn.Module]:
    """A module class of a program that is gone when the file is read."""
    module = ModuleType("gone")

    class Theirs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm, self.last = network().children()
            self.setting = module.Setting()

    class Setting:
        pass

    for kind in (Theirs, Setting):
        kind.__module__, kind.__qualname__ = "gone", kind.__name__
        setattr(module, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, "gone", module)
    return Theirs


def test_a_whole_module(tmp_path: Path, stranger: type[nn.Module]) -> None:
    theirs = stranger()
    torch.save(theirs, tmp_path / "net.pytorch")
    sys.modules.pop("gone")
    ours = load_into(network(), tmp_path / "net.pytorch")
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not ours.training


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"state_dict": state}])
def test_weights_by_name(tmp_path: Path, wrap: Any) -> None:
    state = {f"other.{name}": tensor + 1 for name, tensor in network().state_dict().items()}
    torch.save(wrap(state), tmp_path / "net.pth")
    ours = load_into(network(), tmp_path / "net.pth")
    assert torch.equal(ours[2].bias, state["other.2.bias"])  # type: ignore[index]


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    torch.save(nn.Sequential(nn.Conv2d(1, 3, 3)).state_dict(), tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"net\.pth is no Sequential: 0\.weight has the shape"):
        load_into(network(), tmp_path / "net.pth")
    torch.save({}, tmp_path / "net.pth")
    with pytest.raises(ValueError, match="0 weights, not 8"):
        load_into(network(), tmp_path / "net.pth")
    (tmp_path / "net.pth").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"net\.pth is no PyTorch module"):
        load_into(network(), tmp_path / "net.pth")


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_code_in_the_file_is_not_run(tmp_path: Path) -> None:
    torch.save({"weights": Evil(tmp_path / "made")}, tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"net\.pth is no"):
        load_into(network(), tmp_path / "net.pth")
    assert not (tmp_path / "made").exists()
