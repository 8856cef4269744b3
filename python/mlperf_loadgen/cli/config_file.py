"""Reads mlperf-loadgen.toml: the options of ``run`` as a file."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from mlperf_loadgen.cli.options import OPTIONS, Option, field_value
from mlperf_loadgen.cli.parser import UsageError, did_you_mean

__all__ = ["NAME", "Config", "Entry", "load"]

NAME = "mlperf-loadgen.toml"  # in the working directory
_VARIABLE = "MLPERF_LOADGEN_CONFIG"

_TEXTS = ("sut", "library", "label")  # keys that are no options, or are arguments
_TABLES = ("settings", "gates", "output")
_OUTPUT = ("dir", "html", "anonymous")
_GATES = ("fail_if", "allow_invalid")
_OPTIONS = {option.key: option for option in OPTIONS}


@dataclass(frozen=True)
class Entry:
    """A value, and where it is written."""

    value: Any
    file: str
    line: int
    key: str


@dataclass(frozen=True)
class Config:
    """What a configuration file, and those it extends, say."""

    options: dict[str, Entry] = field(default_factory=dict)
    """By the key of the option; sut, library and label too."""
    settings: dict[str, Entry] = field(default_factory=dict)
    gates: dict[str, Entry] = field(default_factory=dict)
    output: dict[str, Entry] = field(default_factory=dict)

    def over(self, below: Config) -> Config:
        """Return both, this one where both have a value."""
        return Config(
            below.options | self.options,
            below.settings | self.settings,
            below.gates | self.gates,
            below.output | self.output,
        )


def load(path: str | None = None) -> Config:
    """Return what is in the file at ``path``, or in the one that is there without being named."""
    given = path or os.environ.get(_VARIABLE)
    if given is None and not os.path.exists(NAME):
        return Config()
    return _load(given or NAME, ())


def _load(path: str, extended_by: tuple[str, ...]) -> Config:
    toml = _toml(path)
    try:
        with open(path, "rb") as file:
            text = file.read().decode()
        tables: dict[str, Any] = toml.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise UsageError(f"{path}: {error}.") from None
    config = _Reader(path, text).read(tables)
    if "extends" not in tables:
        return config
    below = os.path.join(os.path.dirname(path), str(tables["extends"]))
    if os.path.realpath(below) in map(os.path.realpath, (*extended_by, path)):
        raise UsageError(f"{path}: extends {tables['extends']}, which extends this file.")
    return config.over(_load(below, (*extended_by, path)))


def _toml(path: str) -> ModuleType:
    try:
        return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ModuleNotFoundError:
        raise UsageError(
            f"{path} needs tomli on this Python: pip install 'mlperf-loadgen[tools]'"
        ) from None


class _Reader:
    """Checks the keys and values of one file, and knows their lines."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def read(self, tables: dict[str, Any]) -> Config:
        top = {key: value for key, value in tables.items() if key not in (*_TABLES, "extends")}
        self._only_known(tables, (*_TABLES, "extends", *_TEXTS, *_OPTIONS), "")
        return Config(
            {key: self._entry(key, value, "", self._option) for key, value in top.items()},
            self._table(tables, "settings", self._setting),
            self._table(tables, "gates", self._gate, _GATES),
            self._table(tables, "output", self._plain, _OUTPUT),
        )

    def _table(
        self, tables: dict[str, Any], name: str, read: Any, known: Iterable[str] | None = None
    ) -> dict[str, Entry]:
        table = tables.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"{self._path}:{self._line(name, '')}: [{name}] must be a table.")
        if known is not None:
            self._only_known(table, known, name)
        return {key: self._entry(key, value, name, read) for key, value in table.items()}

    def _entry(self, key: str, value: Any, table: str, read: Any) -> Entry:
        line = self._line(key, table)
        try:
            return Entry(read(key, value), self._path, line, key)
        except ArgumentTypeError as error:
            raise UsageError(f"{self._path}:{line}: {key}: {error}") from None

    def _option(self, key: str, value: Any) -> Any:
        option: Option | None = _OPTIONS.get(key)
        if isinstance(value, bool | dict | list):
            raise ArgumentTypeError(f"{value}: must be a text or a number.")
        return option.read(str(value)) if option is not None else str(value)

    def _setting(self, key: str, value: Any) -> Any:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return field_value(key, text)

    def _gate(self, key: str, value: Any) -> Any:
        if key == "allow_invalid":
            return self._truth(value)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ArgumentTypeError(f'{value}: must be a list, such as ["p99>250ms"].')
        return value

    def _plain(self, key: str, value: Any) -> Any:
        return str(value) if key == "dir" else self._truth(value)

    def _truth(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ArgumentTypeError(f"{value}: must be true or false.")
        return value

    def _only_known(self, table: dict[str, Any], known: Iterable[str], name: str) -> None:
        known = list(known)
        for key in table:
            if key not in known:
                near = did_you_mean(key, known) or f"There are {', '.join(known)}."
                where = f" in [{name}]" if name else ""
                line = self._line(key, name)
                raise UsageError(f'{self._path}:{line}: no key "{key}"{where}. {near}')

    def _line(self, key: str, table: str) -> int:
        """Return the line of a key, or of the header of a table; TOML readers do not say it."""
        inside = ""
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[+\s*\"?([\w.-]+)", line)
            if header:
                inside = header[1]
                if not table and inside.split(".")[0] == key:
                    return number
            elif inside == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.]", line):
                return number
        return 1
