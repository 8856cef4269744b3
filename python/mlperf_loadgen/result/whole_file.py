"""Writes files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mlperf_loadgen.errors import OutputError

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write text in UTF-8 under a temporary name beside the file, which then replaces it.

    Folders are made. What cannot be encoded becomes "?". Raises OutputError.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(partial, "x", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
