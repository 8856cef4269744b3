"""Reads a result, whichever program has made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.convert.loadgen_logs import DETAIL, read_logs
from mlperf_loadgen.result import store

__all__ = ["read"]


def read(path: str | Path) -> dict[str, Any]:
    """Return the record of a result, or of what another program has measured.

    Raises OSError for a file that cannot be read, and FileError, which names the file, for one that
    is of no known format.
    """
    path = Path(path)
    if path.is_dir() and not (path / store.NAME).exists() and (path / DETAIL).exists():
        return read_logs(path)
    return store.load(path)
