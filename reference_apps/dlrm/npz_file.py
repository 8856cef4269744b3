"""Arrays in .npz files that are too large to be read as a whole."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError, open_file
from numpy.lib import format as npy
from numpy.typing import NDArray

_LOCAL_HEADER_BYTES = 30
_READ_BYTES = 1 << 24
_MOST_UNPACKED = 200  # bytes from one; of labels, nearly all of which are 0, some 50


def first_rows(path: Path, name: str, count: int | None = None) -> NDArray[Any]:
    """The first rows of an array in the file, None for all: as they lie in the file, mapped into
    memory, or, where the file is compressed, read as int32.

    Raises FileError for one that is no .npz file or has no such array, and OSError.
    """
    open_file(path).close()  # refuses what would not be read to an end
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as content:
                shape, dtype = _header(content)
                _check_size(member, shape, dtype)
                kept = (shape[0] if count is None else min(count, shape[0]), *shape[1:])
                if member.compress_type != zipfile.ZIP_STORED and all(kept):
                    return _read(content, kept, dtype)
                header = content.tell()
    except OSError:
        raise
    except Exception as error:  # zipfile and zlib raise whatever they like
        raise FileError(f"{path} has no array {name}: {error}") from None
    if not all(kept):  # nothing can neither be read nor mapped
        return np.empty(kept, dtype)
    offset = _content_offset(path, member.header_offset) + header
    try:
        return np.memmap(path, dtype, "r", offset, kept)
    except ValueError as error:  # it ends before the array does
        raise FileError(f"{path} has no array {name}: {error}") from None


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes the arrays, uncompressed; the file is there when it is complete."""
    made = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(made, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        os.replace(made, path)
    finally:
        made.unlink(missing_ok=True)


def _header(content: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(content)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(content)
    if fortran or dtype.kind not in "biuf" or not shape:
        raise ValueError("it is no plain array of rows of numbers")
    return shape, dtype


def _check_size(member: zipfile.ZipInfo, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """A few bytes can be unpacked to any number of them, and say that they are more still."""
    if member.flag_bits & 1 or member.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise ValueError("it is encrypted, or compressed otherwise than by NumPy")
    if prod(shape) * dtype.itemsize > member.file_size:
        raise ValueError(f"it says that it has the shape {shape}, and has {member.file_size} bytes")
    if member.file_size > max(_MOST_UNPACKED * member.compress_size, _READ_BYTES):
        raise ValueError(f"{member.compress_size} bytes become {member.file_size}")


def _read(content: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[np.int32]:
    made = np.empty(shape, np.int32)
    row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    step = max(1, _READ_BYTES // row_bytes)
    for row in range(0, shape[0], step):
        part = made[row : row + step]
        data = content.read(len(part) * row_bytes)
        part[...] = np.frombuffer(data, dtype).reshape(part.shape)
    return made


def _content_offset(path: Path, header_offset: int) -> int:
    """Where the content of a stored member begins: behind its own header, whose extra field may
    differ from that in the directory.
    """
    with open(path, "rb") as file:
        file.seek(header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return header_offset + _LOCAL_HEADER_BYTES + name + extra
