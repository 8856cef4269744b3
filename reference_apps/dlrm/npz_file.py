"""Reads and writes arrays in .npz files that are larger than memory."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.untrusted import FileError, open_file
from numpy.lib import format as npy
from numpy.typing import NDArray

_LOCAL_HEADER_BYTES = 30
_READ_BYTES = 1 << 24
_MAX_COMPRESSION_RATIO = 200  # of labels, nearly all of which are 0, it is some 50


def first_rows(path: Path, name: str, count: int | None = None) -> NDArray[Any]:
    """Returns the first `count` rows of an array in the file, None for all.

    They are mapped into memory with the type in the file; a compressed array is read as int32.

    Raises OSError, and FileError for a file that is not .npz or lacks the array.
    """
    open_file(path).close()  # refuses pipes and devices, which have no end
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as content:
                shape, dtype = _header(content)
                _check_size(member, shape, dtype)
                kept = (shape[0] if count is None else min(count, shape[0]), *shape[1:])
                if member.compress_type != zipfile.ZIP_STORED and all(kept):
                    return _read_compressed(content, kept, dtype)
                header = content.tell()
    except OSError:
        raise
    except Exception as error:  # of zipfile or zlib: there is no common class
        raise FileError(f"{path} has no array {name}: {error}") from None
    if not all(kept):  # an empty array cannot be mapped
        return np.empty(kept, dtype)
    offset = _content_offset(path, member.header_offset) + header
    try:
        return np.memmap(path, dtype, "r", offset, kept)
    except ValueError as error:  # the file ends before the array does
        raise FileError(f"{path} has no array {name}: {error}") from None


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes the arrays, uncompressed, to a temporary file that is renamed when complete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _header(content: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(content)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(content)
    if fortran or dtype.kind not in "biuf" or not shape:
        raise ValueError("it must be an array of numbers in C order with at least one axis")
    return shape, dtype


def _check_size(member: zipfile.ZipInfo, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raises ValueError for a member that would unpack to far more than the file holds."""
    if member.flag_bits & 1 or member.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise ValueError("it must be stored or deflated, as NumPy does, and not encrypted")
    if prod(shape) * dtype.itemsize > member.file_size:
        raise ValueError(f"its shape {shape} does not fit into its {member.file_size} bytes")
    if member.file_size > max(_MAX_COMPRESSION_RATIO * member.compress_size, _READ_BYTES):
        raise ValueError(
            f"{member.compress_size} bytes would unpack to {member.file_size}, more than "
            f"{_MAX_COMPRESSION_RATIO} times as many"
        )


def _read_compressed(
    content: Any, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[np.int32]:
    rows = np.empty(shape, np.int32)
    row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    step = max(1, _READ_BYTES // row_bytes)
    for row in range(0, shape[0], step):
        part = rows[row : row + step]
        data = content.read(len(part) * row_bytes)
        part[...] = np.frombuffer(data, dtype).reshape(part.shape)
    return rows


def _content_offset(path: Path, header_offset: int) -> int:
    """Finds where a stored member begins: after its local header, whose length may differ from that
    in the directory.
    """
    with open(path, "rb") as file:
        file.seek(header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return header_offset + _LOCAL_HEADER_BYTES + name + extra
