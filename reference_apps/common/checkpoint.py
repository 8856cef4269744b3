"""Reads weights from PyTorch files: from files of tensors, and from pickled modules, whose code
does not run.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import torch
from mlperf_loadgen.untrusted import FileError
from torch import Tensor, nn

from reference_apps.common.torch_file import WEIGHTS, Inert, check_tensors, check_torch_file

Network = TypeVar("Network", bound=nn.Module)

# What tensors are made of. Of modules only their tensors are needed, so that their classes, and all
# else, are inert: nothing that a file names runs, but for these.
_BUILDERS: Mapping[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": torch._utils._rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": torch._utils._rebuild_tensor_v2,
    "torch._utils._rebuild_parameter": torch._utils._rebuild_parameter,
    "torch.nn.parameter.Parameter": nn.Parameter,
}
_MOST_WEIGHTS = 100_000


def weights(path: Path, ignored: Collection[str] = ()) -> dict[str, Tensor]:
    """Returns the weights in a PyTorch file, which holds tensors only; they are memory-mapped,
    unless torch before 1.6 wrote the file. Raises FileNotFoundError without the file, FileError for
    one of another kind.

    ignored: classes of what the file may hold beside the weights; it is not loaded.
    """
    check_torch_file(path, {*WEIGHTS, *ignored})
    inert: list[Any] = [(Inert, name) for name in ignored]
    try:
        with torch.serialization.safe_globals(inert):
            state = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise FileError(f"{path} is not a PyTorch weights file: {error}") from None
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise FileError(f"{path} does not hold weights by name")
    check_tensors(path, state.values())
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


def with_weights(network: Network, state: dict[str, Tensor], path: Path) -> Network:
    """Returns the network, in evaluation mode, with these weights. Raises FileError naming the file
    that they are from and what does not fit.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise FileError(f"{path} is not a {type(network).__name__}: {error}") from None
    return network.eval()


def load_into(network: Network, path: Path, names: Mapping[str, str] | None = None) -> Network:
    """Returns the network, in evaluation mode, with the weights of the module or of the dictionary
    of weights in the file. Those that have the same name here are taken by name; the others, whose
    names are those of whoever wrote the file, in the order in which the module has them.

    names: what names in the file begin with, as a regular expression, and what replaces it.

    Raises FileError naming the file and the first weights that do not fit.
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
            raise FileError(
                f"{path} is not a {kind}: {theirs} has the shape {tuple(tensor.shape)}, and {ours} "
                f"in its place {tuple(places[ours].shape)}"
            )
    if {ours for ours, _, _ in given} != places.keys():
        raise FileError(f"{path} is not a {kind}: {len(given)} weights, not {len(places)}")
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
    """Returns the shape without axes of length 1."""
    return [side for side in tensor.shape if side > 1]


def weights_in(path: Path) -> list[tuple[str, Tensor]]:
    """Returns the weights of the module, or of the dictionary of weights, in the file, by name;
    none when it holds something else. Its code does not run.

    Raises FileError for a file that is not one of PyTorch.
    """
    tools = ModuleType("restricted_pickle")
    tools.Unpickler = _Unpickler  # type: ignore[attr-defined]
    tools.load = _load  # type: ignore[attr-defined]
    check_torch_file(path)
    try:
        loaded = torch.load(path, map_location="cpu", pickle_module=tools, weights_only=False)
    except Exception as error:  # of pickle, zip or torch: there is no common class
        raise FileError(f"{path} is not a PyTorch module: {error}") from None
    try:
        found = _weights(loaded)
    except RecursionError:
        raise FileError(f"{path}: its modules are nested too deeply") from None
    if len(found) > _MOST_WEIGHTS:
        raise FileError(f"{path} has more than {_MOST_WEIGHTS} weights")
    check_tensors(path, (tensor for _, tensor in found))
    return found


def _weights(loaded: Any) -> list[tuple[str, Tensor]]:
    """Leaves out what a batch norm counts: older files do not have it."""
    if isinstance(loaded, nn.Module):
        loaded = loaded.state_dict()
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    named = _in_module(loaded, "") if isinstance(loaded, Inert) else _entries(loaded)
    tensors = (
        (name, tensor)
        for name, tensor in named
        if isinstance(tensor, Tensor) and not name.endswith("num_batches_tracked")
    )
    return list(islice(tensors, _MOST_WEIGHTS + 1))


def _in_module(module: Inert, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yields what its state_dict would have."""
    state = dict(_entries(module.state))
    left_out = state.get("_non_persistent_buffers_set")
    for part in ("_parameters", "_buffers"):
        for name, tensor in _entries(state.get(part)):
            if not isinstance(left_out, set) or name not in left_out:
                yield prefix + name, tensor
    for name, child in _entries(state.get("_modules")):
        if isinstance(child, Inert):
            yield from _in_module(child, f"{prefix}{name}.")


def _entries(state: Any) -> list[tuple[str, Any]]:
    if not isinstance(state, dict):
        return []
    return [(name, value) for name, value in state.items() if isinstance(name, str)]


class _Unpickler(pickle.Unpickler):
    """Builds tensors, and nothing else. torch adds the storages."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) in (("builtins", "set"), ("__builtin__", "set")):
            return set
        build = _BUILDERS.get(f"{module}.{name}")
        if build is None:
            return Inert
        return lambda *arguments: build(*arguments)  # a pickle may set attributes of what it gets


def _load(file: Any, **options: Any) -> Any:
    return _Unpickler(file, **options).load()
