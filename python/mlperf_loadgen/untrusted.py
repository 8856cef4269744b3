"""Reads files that somebody else made: one error for all, limits, names that stay inside."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

LARGEST = 256 << 20  # bytes of a file that is read as a whole; official ones have some dozen MiB
_NOT_WAITING = (
    getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)


class FileError(ValueError):
    """A file is not what it should be. The text begins with its path and says why."""


def open_file(path: str | Path) -> BinaryIO:
    """Opens a file for reading. Raises OSError, and FileError for what is not a regular file: a
    pipe would wait for its writer, a device may have no end.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NOT_WAITING)
    except OSError as error:
        if error.errno != errno.ENXIO:  # what a socket raises
            raise
        raise FileError(f"{path} is not a regular file") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileError(f"{path} is not a regular file")
    return os.fdopen(descriptor, "rb")


def read_bytes(path: str | Path, limit: int = LARGEST) -> bytes:
    """Reads all of a file. Raises as open_file, and FileError for more than `limit` bytes."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise FileError(f"{path} has {size} bytes, at most {limit} are allowed")
        return file.read()


def read_text(path: str | Path, limit: int = LARGEST) -> str:
    """Reads text in UTF-8; a byte order mark is skipped. Raises as read_bytes, and FileError
    for another encoding.
    """
    try:
        text = read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not text in UTF-8: {error}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(path: str | Path, limit: int = LARGEST) -> Any:
    """Reads JSON. Raises as read_text, and FileError for what is not JSON, is nested too deeply or
    has NaN or Infinity.
    """
    text = read_text(path, limit)
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise FileError(f"{path} is not a JSON file: {error}") from None
    except RecursionError:
        raise FileError(f"{path} is not a JSON file: it is nested too deeply") from None


def field(parent: Any, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """Returns a field of a JSON object. Raises FileError that begins with `where`, the object's
    place in the file ("PATH:" for the whole file), when it lacks the field or has another kind.
    """
    value = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(each.__name__ for each in kinds)
        raise FileError(f'{where} must have a field "{name}" of type {wanted}, not {value!r:.100}')
    return value


def entries(parent: Any, name: str, where: str) -> list[tuple[Any, str]]:
    """Returns the entries of a list in a JSON object, each with its place in the file. Raises as
    field.
    """
    listed = field(parent, name, list, where)
    return [(entry, f"{where} {name}[{index}]") for index, entry in enumerate(listed)]


class Folder:
    """Finds the files that a list from outside names."""

    def __init__(self, path: Path) -> None:
        """path: of the folder, which may be a link itself."""
        self.path = path
        self._real = os.path.realpath(path)
        self._inside: dict[str, bool] = {}  # by the folder that a file is named to be in

    def file(self, name: str, where: str) -> Path:
        """Returns where `name` is. Raises FileError that begins with `where`, file and line that
        have the name, when it leads out of the folder, by itself or by a link.
        """
        path, relative = self.path / name, Path(name)
        out = not name or "\0" in name or relative.is_absolute() or ".." in relative.parts
        if out or not self._contains(os.path.dirname(path)):
            raise FileError(f"{where}: {name!r:.200} is not in {self.path}")
        if os.path.islink(path) and not self._is_inside(os.path.realpath(path)):
            raise FileError(f"{where}: {name!r:.200} is a link that leads out of {self.path}")
        return path

    def _contains(self, folder: str) -> bool:
        if folder not in self._inside:
            self._inside[folder] = self._is_inside(os.path.realpath(folder))
        return self._inside[folder]

    def _is_inside(self, real: str) -> bool:
        return real == self._real or real.startswith(os.path.join(self._real, ""))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
