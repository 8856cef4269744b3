"""Checks files of PyTorch before they are loaded."""

from __future__ import annotations

import mmap
import tarfile
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import BinaryIO

import torch
from mlperf_loadgen.untrusted import FileError, open_file
from torch import Tensor

from reference_apps.common.pickle_steps import check_pickle

_STORAGES = ("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
# What tensors are made of, in files that hold tensors by name.
WEIGHTS = frozenset(
    {
        "collections.OrderedDict",
        *(f"torch._utils.{name}" for name in ("_rebuild_tensor", "_rebuild_tensor_v2")),
        "torch._utils._rebuild_parameter",
        *(f"torch.{kind}Storage" for kind in _STORAGES),
        *(f"torch.cuda.{kind}Storage" for kind in _STORAGES),
    }
)
_PICKLES_BEFORE_STORAGES = (
    5  # in files from before torch 1.6: magic number ... keys of the storages
)


class Inert:
    """In place of whatever a file names that is not needed: takes all, does nothing."""

    __slots__ = ("state",)

    def __init__(self, *arguments: object) -> None:
        del arguments
        self.state: object = None

    def __new__(cls, *arguments: object) -> Inert:
        """Takes any arguments."""
        del arguments
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Keeps the state, unused."""
        self.state = state

    def __setitem__(self, key: object, value: object) -> None:
        """Does nothing."""

    def append(self, value: object) -> None:
        """Does nothing."""

    def extend(self, values: object) -> None:
        """Does nothing."""


def check_torch_file(path: Path, names: Collection[str] | None = None) -> None:
    """names: as in check_pickle.

    Raises FileNotFoundError without the file, and FileError for one that is compressed, encrypted,
    a program, of the oldest kind (a tar archive), or whose pickles check_pickle refuses.
    """
    with open_file(path) as file:
        if zipfile.is_zipfile(file):
            _check_zip(path, names)
        elif _is_tar(file):
            raise FileError(f"{path} is a tar archive, not a file of PyTorch since 0.1.10")
        else:
            _check_legacy(path, file.fileno(), names)


def _is_tar(file: BinaryIO) -> bool:
    """Returns whether torch would take it as one."""
    file.seek(0)
    try:
        tarfile.open(fileobj=file, mode="r:").close()
    except tarfile.TarError:
        return False
    return True


def check_tensors(path: Path, tensors: Iterable[Tensor]) -> None:
    """Raises FileError for tensors that are larger than the file that they are from: a few bytes
    can be shown as a tensor of any shape. Two tensors may be one.
    """
    held = 2 * path.stat().st_size
    for tensor in tensors:
        if tensor.layout is not torch.strided:
            raise FileError(f"{path} holds a tensor of the layout {tensor.layout}")
        held -= tensor.numel() * tensor.element_size()
    if held < 0:
        raise FileError(f"{path}: its tensors are larger than the file")


def _check_zip(path: Path, names: Collection[str] | None) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            for member in members:
                if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                    raise FileError(f"{path} is compressed or encrypted, as no file of PyTorch is")
                if member.filename.endswith("constants.pkl"):
                    raise FileError(f"{path} is a program for TorchScript, not weights")
            if sum(member.file_size for member in members) > path.stat().st_size:
                raise FileError(f"{path}: its members are larger than the file")
            for member in members:
                if member.filename.endswith("data.pkl"):
                    with archive.open(member) as content:
                        check_pickle(content, path, names)
    except FileError:
        raise
    except Exception as error:  # zipfile raises whatever it likes
        raise FileError(f"{path} is a damaged zip archive: {error}") from None


def _check_legacy(path: Path, descriptor: int, names: Collection[str] | None) -> None:
    try:
        content = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except ValueError:  # nothing cannot be mapped
        raise FileError(f"{path} is empty") from None
    with content:
        for _ in range(_PICKLES_BEFORE_STORAGES):
            check_pickle(content, path, names)
