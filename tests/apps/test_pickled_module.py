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

from reference_apps.common.checkpoint import load_into


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


class TwoHeads(nn.Module):
    """Maps with two heads each, which may be registered by map or by head."""

    def __init__(self, *, by_map: bool) -> None:
        super().__init__()
        heads = [[nn.Conv2d(2, 4, 1), nn.Conv2d(2, 4, 1)] for _ in range(2)]
        self.norm = nn.BatchNorm2d(2)
        if by_map:
            self.maps = nn.ModuleList(
                nn.ModuleDict({"kind": kind, "place": place}) for kind, place in heads
            )
        else:
            self.places = nn.ModuleList(place for _, place in heads)
            self.kinds = nn.ModuleList(kind for kind, _ in heads)


def test_heads_in_another_order_are_known_by_name(tmp_path: Path) -> None:
    theirs = TwoHeads(by_map=True)
    torch.save(theirs.state_dict(), tmp_path / "net.pth")
    names = {r"maps\.(\d+)\.kind\.": r"kinds.\1.", r"maps\.(\d+)\.place\.": r"places.\1."}
    ours = load_into(TwoHeads(by_map=False), tmp_path / "net.pth", names).state_dict()
    for name, tensor in theirs.state_dict().items():
        kind, _, rest = name.partition(".")
        if kind == "maps":
            number, what, part = rest.split(".")
            assert torch.equal(tensor, ours[f"{what}s.{number}.{part}"])
        else:
            assert torch.equal(tensor, ours[name])


def test_names_of_our_own_go_before_the_order(tmp_path: Path) -> None:
    state = dict(reversed(network().state_dict().items()))
    torch.save(state, tmp_path / "net.pth")
    ours = load_into(network(), tmp_path / "net.pth").state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in state.items())


def test_what_has_as_many_numbers_in_another_shape_does_not_fit(tmp_path: Path) -> None:
    torch.save({"theirs": torch.zeros(3, 2), "bias": torch.zeros(2)}, tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"theirs has the shape \(3, 2\), and weight in its place"):
        load_into(nn.Linear(3, 2), tmp_path / "net.pth")


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    torch.save(nn.Sequential(nn.Conv2d(1, 3, 3)).state_dict(), tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"net\.pth is not a Sequential: 0\.weight has the shape"):
        load_into(network(), tmp_path / "net.pth")
    torch.save({}, tmp_path / "net.pth")
    with pytest.raises(ValueError, match="0 weights, not 8"):
        load_into(network(), tmp_path / "net.pth")
    (tmp_path / "net.pth").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"net\.pth: its pickle is damaged"):
        load_into(network(), tmp_path / "net.pth")


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_code_in_the_file_is_not_run(tmp_path: Path) -> None:
    torch.save({"weights": Evil(tmp_path / "made")}, tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"net\.pth is not"):
        load_into(network(), tmp_path / "net.pth")
    assert not (tmp_path / "made").exists()
