"""Turns photographs into the inputs of the vision models, to the pixel as the benchmark defines it.

All take uint8 (height, width, 3) in blue, green, red, as OpenCV decodes files, and give
(height, width, 3) in red, green, blue; to_nchw changes the layout.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from mlperf_loadgen.untrusted import FileError, read_bytes
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Pixels = NDArray[np.float32] | NDArray[np.uint8]
Preprocess = Callable[[Picture], Pixels]

_MOST_PIXELS = 1 << 26  # of a picture; ImageNet's largest has a third of it
_CROP = 224
_CROP_PERCENT = 87.5  # of the resized short side
_VGG_MEANS = np.array([123.68, 116.78, 103.94], np.float32)
_TORCH_MEANS = np.array([0.485, 0.456, 0.406], np.float32)
_TORCH_DEVIATIONS = np.array([0.229, 0.224, 0.225], np.float32)
_TORCH_SHORT_SIDE = 256


def read(path: Path) -> Picture:
    """Decodes a file; grey ones get three equal channels. Raises FileError when it is not a
    picture, or one that is too large; OSError when it cannot be read.
    """
    content = read_bytes(path)
    check_picture(path, content)
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise FileError(f"{path} is not a picture that OpenCV can decode")
    return picture.astype(np.uint8, copy=False)


def check_picture(path: Path, content: bytes) -> None:
    """Raises FileError for what is not a picture or says that it has too many pixels: a few bytes
    can be decoded to any number of them.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except Exception as error:  # of Pillow: there is no common class
        raise FileError(f"{path} is not a picture: {error}") from None
    if width * height > _MOST_PIXELS:
        raise FileError(f"{path} has {width} x {height} pixels, at most {_MOST_PIXELS} are allowed")


def vgg(picture: Picture) -> NDArray[np.float32]:
    """Prepares for ResNet50 from TensorFlow: area interpolation, centre crop, minus the mean
    colour.
    """
    return _cropped(picture, cv2.INTER_AREA).astype(np.float32) - _VGG_MEANS


def mobilenet(picture: Picture) -> NDArray[np.float32]:
    """Prepares for MobileNet: bilinear interpolation, centre crop, -1..1."""
    pixels = _cropped(picture, cv2.INTER_LINEAR).astype(np.float32)
    pixels /= 255
    pixels -= 0.5
    pixels *= 2
    return pixels


def torchvision(picture: Picture) -> NDArray[np.float32]:
    """Prepares for ResNet50 from torchvision: Resize(256), CenterCrop(224), ToTensor, Normalize."""
    image = Image.fromarray(_red_first(picture))
    short, long = sorted(image.size)
    resized = int(_TORCH_SHORT_SIDE * long / short)
    sides = (
        (_TORCH_SHORT_SIDE, resized)
        if image.width <= image.height
        else (resized, _TORCH_SHORT_SIDE)
    )
    image = image.resize(sides, Image.Resampling.BILINEAR)
    left, top = (round((side - _CROP) / 2) for side in image.size)
    pixels = np.asarray(image.crop((left, top, left + _CROP, top + _CROP)), np.float32)
    return _normalized(pixels)


def coco_uint8(picture: Picture) -> NDArray[np.uint8]:
    """Prepares for SSD-MobileNet from TensorFlow: 300 x 300, stretched; fractions are cut off."""
    return _plain(picture, 300).astype(np.uint8)


def coco_centred(picture: Picture) -> NDArray[np.float32]:
    """Prepares for SSD-MobileNet from PyTorch: 300 x 300, -1..1."""
    pixels = _plain(picture, 300)
    pixels -= 127.5
    pixels /= 127.5
    return pixels


def coco_normalized(picture: Picture) -> NDArray[np.float32]:
    """Prepares for SSD-ResNet34: 1200 x 1200, as torchvision normalizes."""
    return _normalized(_plain(picture, 1200))


def to_nchw(pixels: Pixels) -> Pixels:
    """Turns (height, width, 3) into (3, height, width), contiguous in memory."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _red_first(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[..., ::-1])


def _cropped(picture: Picture, interpolation: int) -> Picture:
    """Resizes with the aspect ratio, then cuts out the middle 224 x 224; each end is truncated."""
    height, width = picture.shape[:2]
    short = int(100 * _CROP / _CROP_PERCENT)
    long = int(short * max(height, width) / min(height, width))
    sides = (short, long) if height > width else (long, short)
    resized = cv2.resize(_red_first(picture), sides, interpolation=interpolation)
    height, width = resized.shape[:2]
    left, right = int((width - _CROP) / 2), int((width + _CROP) / 2)
    top, bottom = int((height - _CROP) / 2), int((height + _CROP) / 2)
    return resized[top:bottom, left:right].astype(np.uint8, copy=False)


def _normalized(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    pixels = pixels / np.float32(255)
    pixels -= _TORCH_MEANS
    pixels /= _TORCH_DEVIATIONS
    return pixels


def _plain(picture: Picture, side: int) -> NDArray[np.float32]:
    pixels = _red_first(picture).astype(np.float32)
    return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR).astype(
        np.float32, copy=False
    )
