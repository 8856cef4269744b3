"""What commands that read results share: reading them, their gates, and files they write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.errors import OutputError
from mlperf_loadgen.result.condition import Condition, parse

if TYPE_CHECKING:
    from mlperf_loadgen.result.store import Record

__all__ = ["read_gates", "read_results", "write_text"]


def read_results(paths: Iterable[str], read: Callable[[str], Record] | None = None) -> list[Record]:
    """Return the results in these folders and files, read by ``read``: results of ours only,
    by default.
    """
    from mlperf_loadgen.result.store import load  # which imports NumPy

    read = read or load
    records = []
    for path in paths:
        try:
            records.append(read(path))
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror or error}.") from None
        except ValueError as error:
            raise UsageError(str(error)) from None
    return records


def read_gates(given: dict[str, Any], *, change: bool) -> list[Condition]:
    """Return the conditions of --fail-if."""
    gates = []
    for text in given.get("fail_if", []):
        try:
            gates.append(parse(text, change=change))
        except ValueError as error:
            raise UsageError(f"--fail-if {error}") from None
    return gates


def write_text(path: str, text: str) -> None:
    """Write a file; "-" is standard output."""
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
