"""Keeps pre-processed pictures on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.cache import cache_folder
from mlperf_loadgen.harness.progress_bar import track
from mlperf_loadgen.untrusted import open_file

from reference_apps.vision.preprocessing import Pixels, Preprocess, read, to_nchw


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

    def prepare(self, pictures: Sequence[Path]) -> None:
        """Makes the files of those that have none, on as many threads as there are processors.
        Raises as preprocessing.read for the first that cannot be read: before a test, not during
        one.
        """
        missing = [picture for picture in pictures if not self._file(picture).exists()]
        with ThreadPoolExecutor() as pool:
            work = pool.map(self.__call__, missing)
            for _ in track(work, "pre-processing pictures", total=len(missing)):
                pass

    def __call__(self, picture: Path) -> Pixels:
        """Returns the pixels of a picture file. Raises as preprocessing.read."""
        file = self._file(picture)
        kept = _load(file)
        if kept is not None:
            return kept
        pixels = self._prepare(read(picture))
        _store(file, pixels)
        return pixels

    def _file(self, picture: Path) -> Path:
        state = picture.stat()
        key = f"{picture.resolve()}|{state.st_size}|{state.st_mtime_ns}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        return self._folder / f"{picture.stem}-{digest}.npy"


def _in_layout(preprocess: Preprocess, layout: str) -> Preprocess:
    if layout == "NHWC":
        return preprocess
    return lambda picture: to_nchw(preprocess(picture))


def _load(path: Path) -> Pixels | None:
    try:
        with open_file(path) as file:
            loaded: Pixels = np.load(file, allow_pickle=False)
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
