"""Finds the photographs that are classified, and what they show."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mlperf_loadgen.untrusted import FileError, read_bytes
from numpy.typing import NDArray
from PIL import Image, ImageOps

from reference_apps.vision.imagenet import read_imagenet
from reference_apps.vision.photographs import file_of
from reference_apps.vision.preprocessing import check_picture


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

    def head(self, count: int | None) -> Pictures:
        """Returns the first `count` pictures, or all."""
        if count is None or count >= len(self):
            return self
        about = f"the first {count} of {self.about}"
        return Pictures(about, self.names[:count], self.labels[:count], self.open)


@dataclass(frozen=True)
class _Photograph:
    """A file of an installed package, the class that a person sees in it, and where that is."""

    package: str
    path: str  # in the package
    label: int
    focus: tuple[float, float]  # of the subject: parts of the width and of the height


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
    """Returns photographs of scikit-image and scikit-learn, several views of each."""
    views = [
        (photograph, view, mirrored)
        for view in _VIEWS
        for mirrored in (False, True)
        for photograph in _PHOTOGRAPHS
    ]

    def open_view(index: int) -> Image.Image:
        photograph, (_, part, pixels), mirrored = views[index]
        picture = _window(
            _read(file_of(photograph.package, photograph.path)), photograph.focus, part
        )
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
    """Returns the data set in `folder`. Raises as read_imagenet."""
    data = read_imagenet(folder)
    return Pictures(
        f"{len(data)} pictures in {folder}",
        data.names,
        data.labels,
        lambda index: _read(folder / data.names[index]),
    )


def _read(path: Path) -> Image.Image:
    content = read_bytes(path)
    check_picture(path, content)
    try:
        return Image.open(io.BytesIO(content)).convert("RGB")
    except Exception as error:  # of Pillow: there is no common class
        raise FileError(f"{path} is not a picture that Pillow can decode: {error}") from None


def _window(picture: Image.Image, focus: tuple[float, float], part: float) -> Image.Image:
    """Returns the square around `focus` whose side is `part` of the shorter side, moved as far as
    needed to lie within the picture.
    """
    side = round(part * min(picture.size))
    left, top = (
        min(max(round(centre * length - side / 2), 0), length - side)
        for centre, length in zip(focus, picture.size, strict=True)
    )
    return picture.crop((left, top, left + side, top + side))
