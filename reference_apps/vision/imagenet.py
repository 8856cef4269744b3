"""Reads ImageNet 2012: a folder of pictures and its val_map.txt."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlperf_loadgen.untrusted import FileError, Folder, read_bytes
from numpy.typing import NDArray

LIST_NAME = "val_map.txt"


@dataclass(frozen=True)
class ImageNet:
    """Pictures and their classes 0..999, in the order of the list, which is that of the samples."""

    folder: Path
    names: Sequence[str]  # relative to the folder
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    def head(self, count: int | None) -> ImageNet:
        """Returns the first `count` pictures, or all."""
        return replace(self, names=self.names[:count], labels=self.labels[:count])


def read_imagenet(folder: Path, list_file: Path | None = None) -> ImageNet:
    """Returns the pictures that `list_file` (None: val_map.txt in the folder) names, a line each:
    file name and class.

    Raises FileNotFoundError naming the list or the picture that is missing, and FileError with
    file and line for a line of another form, a picture outside of the folder, and an empty list.
    A list without the missing picture would shift the indices of all behind it.
    """
    path = list_file or folder / LIST_NAME
    there = Folder(folder)
    names, labels = _entries(path)
    for name, where in names:
        if not os.path.isfile(there.file(name, where)):
            raise FileNotFoundError(f"{where}: no such file: {folder / name}")
    return ImageNet(folder, [name for name, _ in names], labels)


def read_labels(list_file: Path) -> NDArray[np.int64]:
    """Returns the classes alone; the pictures need not exist. Raises as read_imagenet."""
    return _entries(list_file)[1]


def _entries(path: Path) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """Returns names, with the line that each is in, and classes."""
    names: list[tuple[str, str]] = []
    labels: list[int] = []
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        words, where = line.decode(errors="replace").split(), f"{path}, line {number}"
        if not words:
            continue
        if len(words) != 2 or re.fullmatch("0*[0-9]{1,3}", words[1], re.ASCII) is None:
            raise FileError(f"{where}: expected NAME CLASS, CLASS from 0 to 999")
        names.append((words[0], where))
        labels.append(int(words[1][-3:]))
    if not names:
        raise FileError(f"{path} names no picture")
    return names, np.array(labels, np.int64)


def write_list(folder: Path, names: Sequence[str], labels: Sequence[int]) -> None:
    """Writes val_map.txt."""
    lines = [f"{name} {label}\n" for name, label in zip(names, labels, strict=True)]
    (folder / LIST_NAME).write_text("".join(lines), encoding="utf-8")
