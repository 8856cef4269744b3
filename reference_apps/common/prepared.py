"""Pre-processed pictures, kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.cache import cache_folder

from reference_apps.common.preprocessing import Pixels, Preprocess, read, to_nchw


class Prepared:
    """Reads pictures, pre-processed, from files in the cache that are made when they are missing.

    A file is used only for the picture it was made from: its name tells path, size and time of
    change of that one. Another process may make the same file at the same time. A file that is cut
    off or holds something else is made again. Any thread.
    """

    def __init__(self, preprocess: Preprocess, layout: str, *, folder: Path | None = None) -> None:
        """layout: "NCHW" or "NHWC". folder: of the cache; None: that of the harness."""
        if layout not in ("NCHW", "NHWC"):
            raise ValueError(f'layout must be "NCHW" or "NHWC", not "{layout}"')
        self._prepare = _in_layout(preprocess, layout)
        base = folder or cache_folder()
        self._folder = base / "preprocessed" / preprocess.__name__ / layout
        self._folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, picture: Path) -> Pixels:
        """The pixels of a picture file. Raises as preprocessing.read."""
        state = picture.stat()
        key = f"{picture.resolve()}|{state.st_size}|{state.st_mtime_ns}"
        name = f"{picture.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
        kept = _load(self._folder / name)
        if kept is not None:
            return kept
        made = self._prepare(read(picture))
        _store(self._folder / name, made)
        return made


def _in_layout(preprocess: Preprocess, layout: str) -> Preprocess:
    if layout == "NHWC":
        return preprocess
    return lambda picture: to_nchw(preprocess(picture))


def _load(path: Path) -> Pixels | None:
    try:
        loaded: Pixels = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return loaded


def _store(path: Path, pixels: Pixels) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".npy")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, pixels, allow_pickle=False)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
