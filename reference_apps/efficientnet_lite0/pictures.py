"""The photographs that are classified, and what they show."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps


@dataclass(frozen=True)
class Pictures:
    """A labelled data set: names, ImageNet classes 0..999, and a function that opens picture i as
    RGB. The functions of this module make them.
    """

    about: str  # a line for the screen
    names: Sequence[str]
    labels: NDArray[np.int64]
    open: Callable[[int], Image.Image]

    def __len__(self) -> int:
        return len(self.names)

    def first(self, count: int | None) -> Pictures:
        """The first `count` pictures, or all."""
        if count is None or count >= len(self):
            return self
        about = f"the first {count} of {self.about}"
        return Pictures(about, self.names[:count], self.labels[:count], self.open)


@dataclass(frozen=True)
class _Photograph:
    """A file of an installed package, the class that a person sees in it, and where it is."""

    package: str
    path: str  # in the package
    label: int
    focus: tuple[float, float]  # of the subject: parts of the width and of the height

    def file(self) -> Path:
        """Where it is on this machine. Raises ModuleNotFoundError without the package."""
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(
                f"the photographs of {self.package} are not there; install them with: "
                "pip install 'mlperf_loadgen[apps]'"
            )
        return Path(spec.origin).parent / self.path


_PHOTOGRAPHS = (
    _Photograph("skimage", "data/chelsea.png", 285, (0.5, 0.5)),  # Egyptian cat
    _Photograph("skimage", "data/coffee.png", 967, (0.5, 0.45)),  # espresso
    _Photograph("skimage", "data/camera.png", 872, (0.6, 0.5)),  # tripod
    _Photograph("skimage", "data/motorcycle_left.png", 665, (0.55, 0.5)),  # moped
    _Photograph("skimage", "data/motorcycle_right.png", 665, (0.5, 0.5)),
    _Photograph("skimage", "data/rocket.jpg", 657, (0.5, 0.6)),  # missile
    _Photograph("sklearn", "datasets/images/china.jpg", 698, (0.33, 0.45)),  # palace
)

# Each photograph is shown at these windows, their sides in parts of its shorter side, and as
# coarse as a picture of that many pixels a side; all of them also mirrored.
_VIEWS = (("wide", 1.0, 0), ("closer", 0.85, 0), ("close", 0.7, 0), ("coarse", 1.0, 112))


def packaged() -> Pictures:
    """Photographs that scikit-image and scikit-learn bring along, several views of each."""
    views = [
        (photograph, view, mirrored)
        for view in _VIEWS
        for mirrored in (False, True)
        for photograph in _PHOTOGRAPHS
    ]

    def open_view(index: int) -> Image.Image:
        photograph, (_, part, pixels), mirrored = views[index]
        picture = _window(_read(photograph.file()), photograph.focus, part)
        if pixels:
            picture = picture.resize((pixels, pixels), Image.Resampling.BOX)
        return ImageOps.mirror(picture) if mirrored else picture

    return Pictures(
        f"{len(views)} views of {len(_PHOTOGRAPHS)} photographs from scikit-image, scikit-learn",
        [
            f"{Path(photograph.path).name} {view[0]}{' mirrored' if mirrored else ''}"
            for photograph, view, mirrored in views
        ],
        np.array([photograph.label for photograph, _, _ in views], np.int64),
        open_view,
    )


def from_folder(folder: Path) -> Pictures:
    """The data set in `folder`, described by its val_map.txt: a line a picture, file name and
    ImageNet class.

    Raises FileNotFoundError when val_map.txt or a picture is missing, ValueError with file and
    line for a line of another form and for a picture outside of the folder.
    """
    val_map = folder / "val_map.txt"
    names: list[str] = []
    labels: list[int] = []
    for number, line in enumerate(val_map.read_bytes().splitlines(), start=1):
        words = line.decode(errors="replace").split()
        if not words:
            continue
        if len(words) != 2 or re.fullmatch("0*[0-9]{1,3}", words[1], re.ASCII) is None:
            raise ValueError(f"{val_map}, line {number}: expected NAME CLASS, CLASS from 0 to 999")
        if Path(words[0]).is_absolute() or ".." in Path(words[0]).parts:
            raise ValueError(f"{val_map}, line {number}: {words[0]} is not in {folder}")
        if not os.path.isfile(folder / words[0]):
            raise FileNotFoundError(f"{val_map}, line {number}: there is no {folder / words[0]}")
        names.append(words[0])
        labels.append(int(words[1][-3:]))

    def open_picture(index: int) -> Image.Image:
        return _read(folder / names[index])

    return Pictures(
        f"{len(names)} pictures in {folder}", names, np.array(labels, np.int64), open_picture
    )


def _read(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def _window(picture: Image.Image, focus: tuple[float, float], part: float) -> Image.Image:
    """The square around `focus` whose side is `part` of the shorter side, moved as far as needed
    to lie within the picture.
    """
    side = round(part * min(picture.size))
    left, top = (
        min(max(round(centre * length - side / 2), 0), length - side)
        for centre, length in zip(focus, picture.size, strict=True)
    )
    return picture.crop((left, top, left + side, top + side))
