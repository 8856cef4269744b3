"""Writes and reads report.json, the result of a run, which may come from anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from mlperf_loadgen.result.grid import BINS, width
from mlperf_loadgen.result.whole_file import write_whole
from mlperf_loadgen.text import shown
from mlperf_loadgen.untrusted import FileError, read_text

__all__ = ["NAME", "VERSION", "Record", "as_text", "load", "save"]

NAME = "report.json"  # in a result folder
VERSION = 1  # the highest version of the schema that is read
Record = dict[str, Any]

_LARGEST = 32 << 20  # bytes; ours have less than one MiB, pages that hold one a few
_DEEPEST = 32  # containers inside one another
_LARGEST_NUMBER = 1 << 64  # seeds have 64 bits
_LARGEST_COUNT = 1 << 63
_SCHEMA = re.compile(r"mlperf-loadgen/report/([1-9][0-9]{0,8})")
# Allowed in JSON as they are, but ends of lines for some readers, or commands to a terminal.
_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
_IN_PAGE = re.compile(r'<script type="application/json" id="report">(.*?)</script>', re.DOTALL)

# What everything that reads a record relies on, where it is present.
_KINDS: dict[str, type] = {
    **dict.fromkeys(("made", "run", "official", "verdict", "headline", "metrics"), dict),
    **dict.fromkeys(("timeline", "generator", "environment", "accuracy"), dict),
    **dict.fromkeys(("latency", "query_latency", "ttft", "tpot", "lag", "gap"), dict),
    **dict.fromkeys(("phases", "slowest", "settings", "errors", "warnings", "files"), list),
    "id": str,
}
_PER_COLUMN = ("due", "issued", "completed", "failed", "in_flight_max", "in_flight_end", "tokens")


def save(record: Mapping[str, Any], target: str | Path) -> Path:
    """Write a record to a file, or as report.json to a folder, which is made; return the file.

    A name that ends in .json is a file. The file appears whole or not at all. Raises OutputError.
    """
    target = Path(target)
    path = target if target.suffix == ".json" and not target.is_dir() else target / NAME
    write_whole(path, as_text(record))
    return path


def as_text(record: Mapping[str, Any]) -> str:
    """Return what report.json holds."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED) + "\n"


def load(path: str | Path) -> Record:
    """Read a record from a result folder, a report.json, or a page that holds one.

    Raises OSError for a file that cannot be read, and FileError, whose text begins with the path,
    for one that is not a result or has a later version of the schema.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / NAME).exists():
            raise FileError(f"{path}: there is no {NAME} in this folder")
        path = path / NAME
    text = read_text(path, _LARGEST)
    if text.lstrip()[:1] == "<":
        found = _IN_PAGE.search(text)
        if found is None:
            raise FileError(f"{path}: this page holds no result of mlperf-loadgen")
        text = found.group(1)
    try:
        record = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:
        raise FileError(f"{path} is not a JSON file: {error}") from None
    except RecursionError:
        raise FileError(f"{path} is not a JSON file: it is nested too deeply") from None
    _check_version(record, path)
    _check(record, path)
    return record  # type: ignore[no-any-return]


def _check_version(record: Any, path: Path) -> None:
    schema = record.get("schema") if isinstance(record, dict) else None
    if not isinstance(schema, str):
        raise FileError(f"{path}: this is not a result of mlperf-loadgen: it has no schema")
    version = _SCHEMA.fullmatch(schema)
    if version is None:
        raise FileError(f"{path}: this is not a result of mlperf-loadgen: schema {shown(schema)}")
    if int(version.group(1)) > VERSION:
        raise FileError(
            f"{path}: schema report/{version.group(1)}; this version reads up to report/{VERSION}. "
            "Update it."
        )


def _check(record: Record, path: Path) -> None:
    """Refuse what would break a reader: kinds, lengths, numbers out of range."""
    _check_values(record, path, _DEEPEST)
    for name, kind in _KINDS.items():
        if name in record and not isinstance(record[name], kind):
            raise FileError(f"{path}: {name} must be of type {kind.__name__}")
    if not isinstance(record.get("run", {}).get("scenario"), str):
        raise FileError(f"{path}: run.scenario must be a text")
    for name in ("phases", "slowest", "settings", "errors", "warnings", "files"):
        for index, entry in enumerate(record.get(name, [])):
            if not isinstance(entry, dict):
                raise FileError(f"{path}: {name}[{index}] must be of type dict")
    for name, value in record.get("metrics", {}).items():
        if not _is_number(value):
            raise FileError(f"{path}: metrics.{shown(name)} must be a number")
    if "timeline" in record:
        _check_timeline(record["timeline"], f"{path}: timeline")
    for name in ("latency", "query_latency", "ttft", "tpot", "lag", "gap"):
        curve = record.get(name, {}).get("curve_ns", [])
        if not _are_counts(curve):
            raise FileError(f"{path}: {name}.curve_ns must be a list of durations")


def _check_timeline(timeline: Record, where: str) -> None:
    edges = timeline.get("edges_ns")
    if not _are_counts(edges) or not edges or any(b < a for a, b in pairwise(edges)):
        raise FileError(f"{where}.edges_ns must be a list of times, in order")
    columns = len(edges) - 1
    for name in _PER_COLUMN:
        if name in timeline and not (
            _are_counts(timeline[name]) and len(timeline[name]) == columns
        ):
            raise FileError(f"{where}.{name} must be a list of {columns} counts, one a column")
    for name, rows in timeline.items():
        if not name.endswith("_grid"):
            continue
        if not isinstance(rows, list) or len(rows) != columns or not all(map(_is_column, rows)):
            raise FileError(f"{where}.{name} must be a list of {columns} columns of counts")


def _is_column(row: Any) -> bool:
    if not isinstance(row, dict) or not _are_counts([row.get("first_bin")]):
        return False
    counts = row.get("counts")
    if not isinstance(counts, list) or not _are_counts([abs(n) for n in counts if _is_number(n)]):
        return False
    return all(map(_is_number, counts)) and row["first_bin"] + width(counts) <= BINS


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT
        for value in values
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_values(value: Any, path: Path, deeper: int) -> None:
    if isinstance(value, int) and abs(value) >= _LARGEST_NUMBER:
        raise FileError(f"{path}: the number {shown(value)} is too large")
    if isinstance(value, dict | list):
        if deeper == 0:
            raise FileError(f"{path}: it is nested more than {_DEEPEST} levels deep")
        for inner in value.values() if isinstance(value, dict) else value:
            if type(inner) is not str:
                _check_values(inner, path, deeper - 1)


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(f"{text} is too large a number")
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
