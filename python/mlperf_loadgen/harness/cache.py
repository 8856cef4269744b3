"""Keeps files that are slow to make, such as exported models."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from mlperf_loadgen.untrusted import FileError


def cache_folder() -> Path:
    """Returns MLPERF_LOADGEN_CACHE if set, else mlperf_loadgen in the user's cache folder; makes
    it, for its owner alone, if it is missing.

    Raises FileError for one that another user owns or may write to: what lies there is loaded.
    """
    chosen = os.environ.get("MLPERF_LOADGEN_CACHE")
    folder = Path(
        chosen or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mlperf_loadgen")
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise FileError(
            f"{folder} belongs to another user, who could change what is loaded from this cache; "
            "set MLPERF_LOADGEN_CACHE to a folder that you own"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise FileError(
            f"{folder}: other users may write to it and so change what is loaded from this cache; "
            f"if they never did: chmod go-w {folder}"
        )
    return folder


def content_key(*parts: str | Path) -> str:
    """Returns 16 hex digits that change when a text or the content of a file changes."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()[:16]


def cached(name: str, key: str, build: Callable[[Path], None]) -> Path:
    """Returns the file `name` (say "net.onnx") made for `key`; `build(path)` writes it if it is
    missing.

    `build` writes to a name of its own, which is renamed when it is complete: a process that is
    stopped half way leaves no broken file behind, and two processes can build at the same time.
    """
    stem, suffix = os.path.splitext(name)
    path = cache_folder() / f"{stem}-{key}{suffix}"
    if path.exists():
        return path
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{stem}-") as folder:
        draft = Path(folder) / name
        build(draft)
        os.replace(draft, path)
    return path


def cached_folder(name: str, key: str, fill: Callable[[Path], None]) -> Path:
    """Returns the folder `name` made for `key`; `fill(path)` puts files into it if it is missing.
    As `cached`, for folders.
    """
    path = cache_folder() / f"{name}-{key}"
    if path.exists():
        return path
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{name}-") as folder:
        draft = Path(folder) / name
        draft.mkdir()
        fill(draft)
        try:
            os.replace(draft, path)
        except OSError:
            if not path.is_dir():  # made by another process in the meantime
                raise
    return path
