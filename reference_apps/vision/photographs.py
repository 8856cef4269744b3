"""Reads the photographs that come with installed packages, and cuts crops out of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from reference_apps.vision.preprocessing import Picture, read

_FILES = (
    *(("skimage", f"data/{name}") for name in ("chelsea.png", "coffee.png", "astronaut.png")),
    *(("sklearn", f"datasets/images/{name}") for name in ("china.jpg", "flower.jpg")),
    *(("skimage", f"data/{name}") for name in ("rocket.jpg", "motorcycle_left.png", "ihc.png")),
    *(("skimage", f"data/{name}") for name in ("hubble_deep_field.jpg", "retina.jpg")),
)
_SEED = 2012
_LEAST_SIDE = 0.35  # of a crop, in parts of the photograph's
_GREATEST_LENGTH = 500  # pixels


def photographs() -> list[Picture]:
    """Returns all of them, decoded. Raises ModuleNotFoundError when a package is not installed."""
    return [read(file_of(package, path)) for package, path in _FILES]


def crops(count: int) -> Iterator[Picture]:
    """Yields `count` different parts of the photographs, of many sizes and shapes, half of them
    mirrored; the same each time.
    """
    random = np.random.default_rng(_SEED)
    pictures = photographs()
    for number in range(count):
        picture = pictures[number % len(pictures)]
        height, width = (int(side * random.uniform(_LEAST_SIDE, 1)) for side in picture.shape[:2])
        top = random.integers(picture.shape[0] - height + 1)
        left = random.integers(picture.shape[1] - width + 1)
        crop = picture[top : top + height, left : left + width]
        if random.random() < 0.5:
            crop = crop[:, ::-1]
        yield at_most(crop, _GREATEST_LENGTH)


def at_most(picture: Picture, length: int) -> Picture:
    """Returns the picture, made smaller if its longer side has more pixels than that."""
    scale = length / max(picture.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(picture)
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return smaller.astype(np.uint8, copy=False)


def file_of(package: str, path: str) -> Path:
    """Returns the path of a file of an installed package. Raises ModuleNotFoundError without it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"the photographs of {package} are missing; install them with: pip install '.[apps]'"
        )
    return Path(spec.origin).parent / path
