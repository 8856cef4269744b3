"""Turns a picture into the input of EfficientNet-Lite0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = 224  # pixels, width and height of the input
_PADDING = 32  # pixels that are cut off around a picture of SIZE + _PADDING
_MEAN, _DEVIATION = 127.0, 128.0  # of all three channels; the Lite networks were trained so


def preprocess(picture: Image.Image) -> NDArray[np.float32]:
    """Returns an RGB picture of any size as float32 of shape (3, 224, 224), about -1 to 1: the
    middle square, 7/8 of the shorter side, resized bicubically.
    """
    width, height = picture.size
    side = int(SIZE / (SIZE + _PADDING) * min(width, height))
    left, top = (width - side + 1) // 2, (height - side + 1) // 2
    square = picture.crop((left, top, left + side, top + side))
    pixels = np.asarray(square.resize((SIZE, SIZE), Image.Resampling.BICUBIC), np.float32)
    return np.ascontiguousarray(((pixels - _MEAN) / _DEVIATION).transpose(2, 0, 1), np.float32)
