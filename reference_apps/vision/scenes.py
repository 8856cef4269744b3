"""Makes scenes of which it is known what is where: a photograph pasted on a plain ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reference_apps.vision.coco import Coco, read_coco
from reference_apps.vision.detections import Detections
from reference_apps.vision.photographs import at_most, photographs
from reference_apps.vision.preprocessing import Picture
from reference_apps.vision.synthetic_data import CATEGORY_IDS, write_annotations, write_pictures

KINDS = CATEGORY_IDS[:6]  # of the first photographs
_LEAST, _GREATEST = 0.35, 0.7  # sides of what is pasted, in parts of those of the scene


@dataclass(frozen=True)
class Scene:
    """A picture, and the one thing that is in it."""

    picture: Picture
    truth: Detections


def scenes(count: int, *, side: int, seed: int) -> list[Scene]:
    """Returns `count` scenes of side x side pixels, the same each time. The ground runs from colour
    to colour; what is pasted is stretched to any size and shape.
    """
    random = np.random.default_rng(seed)
    things = [at_most(picture, side) for picture in photographs()[: len(KINDS)]]
    pasted = []
    for _ in range(count):
        corners = random.uniform(0, 255, (2, 2, 3)).astype(np.float32)
        picture = cv2.resize(corners, (side, side)).astype(np.uint8)
        kind = int(random.integers(len(things)))
        height, width = (random.uniform(_LEAST, _GREATEST, 2) * side).astype(int)
        top, left = random.integers(side - height + 1), random.integers(side - width + 1)
        thing = cv2.resize(things[kind], (int(width), int(height)), interpolation=cv2.INTER_AREA)
        picture[top : top + height, left : left + width] = thing
        box = np.array([[top, left, top + height, left + width]], np.float32) / np.float32(side)
        truth = Detections(box, np.ones(1, np.float32), np.array([KINDS[kind]]))
        pasted.append(Scene(picture, truth))
    return pasted


def write_coco(folder: Path, pasted: Sequence[Scene]) -> Coco:
    """Writes the scenes as a data set in the layout of COCO, with category ids."""
    names = write_pictures(folder, (scene.picture for scene in pasted))
    truth = [scene.truth for scene in pasted]
    side = pasted[0].picture.shape[0]
    write_annotations(folder, names, truth, side=side, labels=False)
    return read_coco(folder)
