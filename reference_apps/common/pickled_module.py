"""The weights in a PyTorch file that holds a whole module, without running its code."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)

# What a module is made of, apart from modules: names in these packages that run nothing.
_HARMLESS = {
    "builtins": {"set", "frozenset", "dict", "list", "tuple", "int", "float", "bool"},
    "collections": {"OrderedDict"},
    "torch": {"Size", "device", "dtype", "FloatStorage", "LongStorage", "HalfStorage"},
    "torch.nn.parameter": {"Parameter", "Buffer"},
    "torch.storage": {"TypedStorage", "UntypedStorage"},
    "torch._utils": {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"},
}


class _Unknown(nn.Module):
    """In place of a class that is not part of torch: keeps what hangs on it."""

    def __init__(self, *arguments: Any) -> None:
        del arguments
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, dict):
            super().__setstate__(state)  # type: ignore[no-untyped-call]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _HARMLESS.get(module.replace("__builtin__", "builtins"), ()):
            return super().find_class(module, name)
        if module.startswith("torch.nn.modules."):
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, nn.Module):
                return found
        return _Unknown


def load_into(network: Network, path: Path, names: Mapping[str, str] | None = None) -> Network:
    """The network, in evaluation mode, with the weights of the module or of the dictionary of
    weights in the file. Those that have the same name here are taken by name; the others, whose
    names are those of whoever wrote the file, in the order in which the module has them.

    names: what names in the file begin with, as a regular expression, and what stands there here.

    Raises ValueError naming the file and the first weights that do not fit.
    """
    given = [(_renamed(name, names or {}), name, tensor) for name, tensor in weights_in(path)]
    places = dict(_weights(network))
    kind = type(network).__name__
    known = {ours for ours, _, _ in given} & places.keys()
    rest = iter([ours for ours in places if ours not in known])
    for place, (named, theirs, tensor) in enumerate(given):
        ours = named if named in known else next(rest, None)
        given[place] = (ours or "", theirs, tensor)
        if ours and _sides(tensor) != _sides(places[ours]):
            raise ValueError(
                f"{path} is no {kind}: {theirs} has the shape {tuple(tensor.shape)}, and {ours} "
                f"in its place {tuple(places[ours].shape)}"
            )
    if {ours for ours, _, _ in given} != places.keys():
        raise ValueError(f"{path} is no {kind}: {len(given)} weights, not {len(places)}")
    with torch.no_grad():
        for ours, _, tensor in given:
            places[ours].copy_(tensor.reshape(places[ours].shape))
    return network.eval()


def _renamed(name: str, names: Mapping[str, str]) -> str:
    for theirs, ours in names.items():
        if found := re.match(theirs, name):
            return found.expand(ours) + name[found.end() :]
    return name


def _sides(tensor: Tensor) -> list[int]:
    """The shape, whether or not it has axes of length 1."""
    return [side for side in tensor.shape if side > 1]


def weights_in(path: Path) -> list[tuple[str, Tensor]]:
    """The weights of the module, or of the dictionary of weights, in the file, by name; none when
    it holds something else.

    Raises ValueError naming the file that is not one of PyTorch.
    """
    tools = ModuleType("restricted_pickle")
    tools.Unpickler = _Unpickler  # type: ignore[attr-defined]
    tools.load = pickle.load  # type: ignore[attr-defined]
    try:
        loaded = torch.load(path, map_location="cpu", pickle_module=tools, weights_only=False)
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise ValueError(f"{path} is no PyTorch module: {error}") from None
    return _weights(loaded)


def _weights(loaded: Any) -> list[tuple[str, Tensor]]:
    """What a batch norm counts is left out: older files do not have it."""
    if isinstance(loaded, nn.Module):
        loaded = loaded.state_dict()
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict):
        return []
    return [
        (name, tensor)
        for name, tensor in loaded.items()
        if isinstance(tensor, Tensor) and not name.endswith("num_batches_tracked")
    ]
