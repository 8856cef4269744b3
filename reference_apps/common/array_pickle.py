"""Reads pickles of NumPy arrays and plain values. Nothing that a file names is called: what it says
of arrays, numbers and bytes is compared with what NumPy writes, and made here.
"""

from __future__ import annotations

import mmap
import pickle
from collections import OrderedDict
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.untrusted import LARGEST, FileError, open_file
from numpy.typing import NDArray

from reference_apps.common.pickle_steps import check_pickle

_NUMBERS = {"b1", "f2", "f4", "f8", *(f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8))}
_MOST_AXES = 8
_LEAVES = (bool, int, float, str, bytes, np.ndarray, np.generic)
_NDARRAY = object()  # what stands for the class of arrays


def read_array_pickle(path: Path, limit: int = LARGEST) -> Any:
    """Reads what the file holds: None, numbers, texts, bytes, arrays of numbers, and lists, tuples
    and dictionaries of these. limit: bytes of the file.

    Raises OSError, and FileError for more than that, for what holds anything else, and for a pickle
    that is damaged.
    """
    with open_file(path) as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # nothing cannot be mapped
            raise FileError(f"{path} is empty") from None
    with content:
        if len(content) > limit:
            raise FileError(f"{path} has {len(content)} bytes, at most {limit} are allowed")
        check_pickle(content, path)
        content.seek(0)
        try:
            return _plain(_Unpickler(content).load(), {})
        except Exception as error:  # a broken pickle raises whatever it likes
            raise FileError(f"{path} is not a pickle of arrays and plain values: {error}") from None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}".replace("numpy._core", "numpy.core", 1)
        if full == "numpy.ndarray":
            return _NDARRAY
        if full == "collections.OrderedDict":
            return OrderedDict
        make = _MAKERS.get(full)
        if make is None:
            raise FileError(f"{module}.{name} is neither an array nor a plain value")
        return lambda *arguments: make(
            *arguments
        )  # a pickle may set attributes of what it is given


class _Type:
    """In place of a dtype, until the last part of it is known."""

    __slots__ = ("dtype",)

    def __init__(self, code: str, align: bool, copy: bool) -> None:
        if code not in _NUMBERS or align or not copy:
            raise FileError(f"{code!r:.100} is not a type of numbers")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        version, order, *rest = state
        if version != 3 or order not in ("<", ">", "|") or rest != [None, None, None, -1, -1, 0]:
            raise FileError(f"{state!r:.100} is not the state of a type of numbers")
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """In place of an array, until its content is known."""

    __slots__ = ("array",)

    def __setstate__(self, state: Any) -> None:
        version, shape, kind, by_columns, data = state
        if version != 1 or type(by_columns) is not bool:
            raise FileError("an array is not as NumPy writes it")
        self.array = _filled(data, kind, shape, "F" if by_columns else "C")


def _reconstruct(kind: object, shape: object, code: object) -> _Array:
    if kind is not _NDARRAY or shape != (0,) or code != b"b":
        raise FileError("an array is not as NumPy writes it")
    return _Array()


def _from_buffer(data: Any, kind: Any, shape: Any, order: Any) -> NDArray[Any]:
    if order not in ("C", "F"):
        raise FileError("an array is not as NumPy writes it")
    return _filled(data, kind, shape, order)


def _filled(data: Any, kind: Any, shape: Any, order: Any) -> NDArray[Any]:
    if type(data) not in (bytes, bytearray) or type(kind) is not _Type or type(shape) is not tuple:
        raise FileError("an array is not as NumPy writes it")
    sides = all(type(side) is int and side >= 0 for side in shape) and len(shape) <= _MOST_AXES
    if not sides or prod(shape) * kind.dtype.itemsize != len(data):
        raise FileError(f"an array of the shape {shape!r:.100} has {len(data)} bytes")
    array: NDArray[Any] = np.frombuffer(data, kind.dtype).reshape(shape, order=order).copy(order)
    return array


def _scalar(kind: Any, data: Any) -> Any:
    return _filled(data, kind, (), "C")[()]


def _encode(text: Any, encoding: Any) -> bytes:
    """Builds bytes as older pickles write them."""
    if type(text) is not str or encoding != "latin1":
        raise FileError("bytes are not as pickles have them")
    return text.encode("latin1")


_MAKERS: dict[str, Callable[..., Any]] = {
    "numpy.dtype": _Type,
    "numpy.core.multiarray._reconstruct": _reconstruct,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _from_buffer,
    "_codecs.encode": _encode,
}


def _plain(value: Any, done: dict[int, tuple[Any, Any]]) -> Any:
    """Returns the value with arrays in place of what stood for them. done: by id, values and what
    they have become, so that what occurs many times is looked at once.
    """
    if id(value) in done:
        return done[id(value)][1]
    if isinstance(value, _Array):
        plain: Any = value.array
    elif type(value) in (dict, OrderedDict):
        plain = value
        done[id(value)] = (value, plain)
        for key in value:
            if not isinstance(key, str | int):
                raise FileError(f"a {type(key).__name__} is the name of nothing")
            value[key] = _plain(value[key], done)
    elif type(value) is list:
        plain = value
        done[id(value)] = (value, plain)
        value[:] = [_plain(entry, done) for entry in value]
    elif type(value) is tuple:
        plain = tuple(_plain(entry, done) for entry in value)
    elif value is None or isinstance(value, _LEAVES):
        return value
    else:
        raise FileError(f"a {type(value).__name__} is neither an array nor a plain value")
    done[id(value)] = (value, plain)
    return plain
